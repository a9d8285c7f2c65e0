package deepseek.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.DType;
import deepseek.models.AutoModel;
import deepseek.models.Checkpoint;
import deepseek.models.ModelOptions;
import deepseek.models.decoder.Decoder;
import deepseek.store.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A model's weights in bfloat16 as a Hugging Face folder, the same for us and for the peer. */
final class Bfloat16Copy implements AutoCloseable {
  private static final String WEIGHTS = "model.safetensors";

  private final Path folder;

  /** Writes {@code model} out into a temporary folder. */
  Bfloat16Copy(Path model) {
    try {
      folder = Files.createTempDirectory("deepseek-bench");
      try (Checkpoint checkpoint = Checkpoint.open(model)) {
        ObjectNode config = checkpoint.config().json().deepCopy();
        config.put("torch_dtype", "bfloat16");
        Files.writeString(folder.resolve("config.json"), config.toPrettyString());
      }
      ModelOptions options = ModelOptions.defaults().withDtype(DType.BFLOAT16);
      try (Decoder decoder = AutoModel.fromPretrained(model.toString(), options)) {
        SafetensorsWriter.write(weights(), decoder.fullState(), Map.of("format", "pt"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a temporary folder for the weights", e);
    }
  }

  Path folder() {
    return folder;
  }

  Path weights() {
    return folder.resolve(WEIGHTS);
  }

  long bytes() {
    try {
      return Files.size(weights());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : List.copyOf(files.toList())) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
