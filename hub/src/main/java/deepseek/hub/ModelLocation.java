package deepseek.hub;

import java.nio.file.Path;

/**
 * A model on this machine, ready to be opened.
 *
 * @param root a model folder, or one {@code .gguf}, {@code .onnx} or {@code .safetensors} file when
 *     the weights have no {@code config.json} next to them; an ONNX file has its {@code
 *     tokenizer.json} in the same folder
 * @param source the concrete source it came from, never an alias
 * @param revision the hub's commit, the package's version, or {@code local}
 */
public record ModelLocation(Path root, ModelSource source, String revision) {
  static final String LOCAL = "local";

  public ModelLocation {
    root = root.toAbsolutePath().normalize();
  }
}
