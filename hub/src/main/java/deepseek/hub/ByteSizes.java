package deepseek.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Sizes printed by other programs, and of folders that they write to. */
final class ByteSizes {
  private ByteSizes() {}

  /** Parses {@code 1.5} and {@code MB}, in powers of ten like pip and Maven. */
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

  /** Bytes of all files below a folder, which may change meanwhile. */
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
