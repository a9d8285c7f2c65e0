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

/** The fields of the first processor in Linux's {@code /proc/cpuinfo}; empty on other systems. */
public record CpuInfo(Map<String, String> fields) {
  private static final class Here {
    static final CpuInfo INFO = read();
  }

  public CpuInfo {
    fields = Map.copyOf(fields);
  }

  /** This machine's fields, read once. */
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

  /** Parses the lines of {@code /proc/cpuinfo}. */
  static CpuInfo of(Stream<String> lines) {
    Map<String, String> fields = new HashMap<>();
    lines
        .takeWhile(line -> !line.isBlank())
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> fields.put(parts[0].strip(), parts[1].strip()));
    return new CpuInfo(fields);
  }

  /** The value of a field; empty if there is none of that name. */
  public Optional<String> field(String name) {
    return Optional.ofNullable(fields.get(name));
  }

  /** The processor's instruction sets, such as {@code avx2} and {@code asimd}. */
  public Set<String> features() {
    String all = field("flags").or(() -> field("Features")).orElse("");
    return all.isEmpty() ? Set.of() : Set.copyOf(List.of(all.split("\\s+")));
  }
}
