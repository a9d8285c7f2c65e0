package deepseek.models.encoder;

import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.store.Weights;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which files make an encoder: what to open the weights from, and what lies beside them. */
record EncoderFiles(Path checkpoint, SentenceSettings settings) {

  /** {@code model} is a folder, or the weight file in one. */
  static EncoderFiles of(Path model) {
    if (!Files.isDirectory(model)) {
      Path folder = model.toAbsolutePath().resolveSibling("").normalize();
      return new EncoderFiles(model, SentenceSettings.read(folder));
    }
    SentenceSettings settings = SentenceSettings.read(model);
    return new EncoderFiles(checkpointIn(settings.transformer()), settings);
  }

  private static Path checkpointIn(Path folder) {
    if (SafetensorsCheckpoint.isIn(folder)) {
      return folder;
    }
    throw new ModelException(
        "open encoder " + folder,
        "model.safetensors",
        "a folder without it",
        "download the model again, or choose one in this format");
  }

  Weights weights() {
    return SafetensorsCheckpoint.open(checkpoint);
  }

  ConfigJson config() {
    return SentenceSettings.object(settings.transformer().resolve("config.json"));
  }
}
