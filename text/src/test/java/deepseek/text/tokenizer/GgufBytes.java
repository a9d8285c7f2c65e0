package deepseek.text.tokenizer;

import deepseek.store.gguf.GgufFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes GGUF files with given metadata and without tensors. */
final class GgufBytes {
  private GgufBytes() {}

  /** Opens the tokenizer of a file with this metadata. */
  static Tokenizer tokenizer(Path folder, Map<String, ?> metadata) {
    try {
      Path file = Files.createTempFile(folder, "metadata", ".gguf");
      Files.write(file, of(metadata));
      try (GgufFile gguf = GgufFile.open(file)) {
        return Tokenizer.ofGguf(gguf.metadata());
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] of(Map<String, ?> metadata) {
    ByteBuffer out = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    out.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3).putLong(0);
    out.putLong(metadata.size());
    metadata.forEach(
        (key, value) -> {
          text(out, key);
          value(out, value);
        });
    while (out.position() % 32 != 0) {
      out.put((byte) 0);
    }
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  private static void value(ByteBuffer out, Object value) {
    switch (value) {
      case Integer number -> out.putInt(4).putInt(number);
      case Boolean flag -> out.putInt(7).put((byte) (flag ? 1 : 0));
      case String text -> text(out.putInt(8), text);
      case int[] numbers -> {
        out.putInt(9).putInt(5).putLong(numbers.length);
        for (int number : numbers) {
          out.putInt(number);
        }
      }
      case float[] numbers -> {
        out.putInt(9).putInt(6).putLong(numbers.length);
        for (float number : numbers) {
          out.putFloat(number);
        }
      }
      case List<?> texts -> {
        out.putInt(9).putInt(8).putLong(texts.size());
        texts.forEach(text -> text(out, (String) text));
      }
      default -> throw new IllegalArgumentException(value.getClass().toString());
    }
  }

  private static void text(ByteBuffer out, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.putLong(utf8.length).put(utf8);
  }
}
