package deepseek.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Sizes as other programs print them, and of folders that they fill. */
final class ByteSizes {
  private ByteSizes() {}

  /** Reads {@code 1.5} and {@code MB}, with the powers of ten that pip and Maven use. */
  static long decimal(String number, String unit) {
    double factor =
        switch (unit) {
          case "kB" -> 1e3;
          case "MB" -> 1e6;
          case "GB" -> 1e9;
          default -> 1;
        };
    return (long) (Double.parseDouble(number) * factor);
  }

  /** Bytes of all files below a folder, as far as they can be seen while they come and go. */
  static long ofTree(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(ByteSizes::ofFile).sum();
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }

  private static long ofFile(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return 0;
    }
  }
}
