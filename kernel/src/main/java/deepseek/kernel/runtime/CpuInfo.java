package deepseek.kernel.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What Linux says of the first processor in {@code /proc/cpuinfo}, by the names there; nothing on
 * other systems.
 */
public record CpuInfo(Map<String, String> fields) {
  private static final class Here {
    static final CpuInfo INFO = read();
  }

  public CpuInfo {
    fields = Map.copyOf(fields);
  }

  /** The machine's, read once. */
  public static CpuInfo ofThisMachine() {
    return Here.INFO;
  }

  private static CpuInfo read() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return of(lines);
    } catch (IOException | UncheckedIOException e) {
      return new CpuInfo(Map.of()); // another system
    }
  }

  /** From the lines of such a file. */
  static CpuInfo of(Stream<String> lines) {
    Map<String, String> fields = new HashMap<>();
    lines
        .takeWhile(line -> !line.isBlank())
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> fields.put(parts[0].strip(), parts[1].strip()));
    return new CpuInfo(fields);
  }

  public Optional<String> field(String name) {
    return Optional.ofNullable(fields.get(name));
  }

  /** Its instruction sets: {@code avx2}, {@code asimd}. */
  public Set<String> features() {
    String all = field("flags").or(() -> field("Features")).orElse("");
    return all.isEmpty() ? Set.of() : Set.copyOf(List.of(all.split("\\s+")));
  }
}
