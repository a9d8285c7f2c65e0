package deepseek.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.AtomicFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A family's config: a validated record that reads {@code config.json} and writes it again.
 *
 * <p>Reading takes the fields that the network is made of and passes over the dozens that tell of
 * training, generation or other programs; a value that no network can have is refused, by name.
 */
public interface ModelConfig {
  /** The family, as {@code model_type} has it. */
  String modelType();

  /**
   * What {@code config.json} would say, by Hugging Face's names; reading it gives an equal record.
   * Weights are described as plain numbers: there is no {@code quantization_config}.
   */
  ObjectNode toJson();

  /**
   * Writes {@link #toJson}, whole or not at all.
   *
   * @throws deepseek.files.DataException when the folder can't be written
   */
  default void write(Path file) {
    byte[] text = (pretty(toJson()) + "\n").getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer rest = ByteBuffer.wrap(text);
          while (rest.hasRemaining()) {
            channel.write(rest);
          }
        });
  }

  private static String pretty(ObjectNode json) {
    try {
      ObjectWriter writer = new ObjectMapper().writerWithDefaultPrettyPrinter();
      return writer.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values has a text", e);
    }
  }
}
