package deepseek.kernel.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The instruction sets of this processor that kernels have code for, by their names in Linux's
 * {@code /proc/cpuinfo}.
 *
 * <p>Not {@code -march=native}: on virtual machines compilers guess the model wrong, and what they
 * guess is no part of a cache's key.
 */
public record CpuFeatures(String architecture, Set<String> names) {
  /**
   * Limits the features to those named, e.g. {@code avx2,fma,f16c}: to try the other code paths.
   */
  public static final String LIMIT = "deepseek.cpu.features";

  private static final Map<String, String> X86_FLAGS =
      Map.of(
          "avx2", "-mavx2",
          "fma", "-mfma",
          "f16c", "-mf16c",
          "avx_vnni", "-mavxvnni",
          "avx512f", "-mavx512f",
          "avx512bw", "-mavx512bw",
          "avx512dq", "-mavx512dq",
          "avx512vl", "-mavx512vl",
          "avx512_vnni", "-mavx512vnni");

  public CpuFeatures {
    names = Set.copyOf(names);
  }

  /** Reads what there is; nothing where the system doesn't say, which every processor can run. */
  public static CpuFeatures detect() {
    String architecture =
        switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "aarch64";
          default -> System.getProperty("os.arch");
        };
    Set<String> found = new LinkedHashSet<>(reported());
    found.retainAll(X86_FLAGS.keySet());
    CpuFeatures all = new CpuFeatures(architecture, found).complete();
    String limit = System.getProperty(LIMIT);
    return limit == null ? all : all.only(Set.of(limit.split(",")));
  }

  /** Those of these features that {@code wanted} has too. */
  public CpuFeatures only(Set<String> wanted) {
    Set<String> both = new LinkedHashSet<>(names);
    both.retainAll(wanted);
    return new CpuFeatures(architecture, both).complete();
  }

  /** Without AVX-512 where not all of what its code uses is there, else without narrower VNNI. */
  private CpuFeatures complete() {
    boolean wide = names.containsAll(List.of("avx512f", "avx512bw", "avx512dq", "avx512vl"));
    Set<String> rest = new LinkedHashSet<>(names);
    rest.removeIf(name -> wide ? name.equals("avx_vnni") : name.startsWith("avx512"));
    return new CpuFeatures(architecture, rest);
  }

  /** All that {@code /proc/cpuinfo} names; nothing where there is no such file. */
  public static Set<String> reported() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
          .findFirst()
          .map(line -> Set.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+")))
          .orElse(Set.of());
    } catch (IOException | UncheckedIOException e) {
      return Set.of(); // another system: portable code
    }
  }

  /** Its maker's name for this processor; "unknown" where the system doesn't say. */
  public static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name") || line.startsWith("CPU part"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse("unknown");
    } catch (IOException | UncheckedIOException e) {
      return "unknown";
    }
  }

  /** What tells a C compiler to use them, in a fixed order. */
  public List<String> compilerFlags() {
    return new TreeSet<>(names).stream().map(X86_FLAGS::get).collect(Collectors.toList());
  }
}
