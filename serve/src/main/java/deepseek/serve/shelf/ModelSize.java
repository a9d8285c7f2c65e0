package deepseek.serve.shelf;

import deepseek.hub.ModelHub;
import deepseek.serve.ServeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** How large a model's weights are. */
final class ModelSize {
  private static final List<String> WEIGHTS = List.of(".safetensors", ".gguf", ".onnx");

  private ModelSize() {}

  /** Bytes of its weights' files, which are fetched where they aren't there. */
  static long bytes(ServedModel model) {
    Path root =
        new ModelHub(model.options().hub(), model.options().progress())
            .resolve(model.source())
            .root();
    if (!Files.isDirectory(root)) {
      return size(root);
    }
    try (Stream<Path> files = Files.list(root)) {
      return files
          .filter(file -> WEIGHTS.stream().anyMatch(file.getFileName().toString()::endsWith))
          .mapToLong(ModelSize::size)
          .sum();
    } catch (IOException e) {
      throw new ServeException(
          "measure " + root, "a readable folder", e.toString(), "check its rights", e);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
