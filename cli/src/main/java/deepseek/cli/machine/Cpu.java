package deepseek.cli.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The processor, as the operating system describes it.
 *
 * @param model its maker's name for it
 * @param features vector and matrix instructions it has, under Linux's names, slowest first
 */
public record Cpu(String model, List<String> features) {
  private static final List<String> TOLD =
      List.of(
          "sse4_2",
          "avx",
          "f16c",
          "fma",
          "avx2",
          "avx_vnni",
          "avx512f",
          "avx512vbmi",
          "avx512_vnni",
          "avx512_bf16",
          "avx512_fp16",
          "amx_tile",
          "amx_int8",
          "amx_bf16",
          "asimd",
          "asimdhp",
          "asimddp",
          "i8mm",
          "bf16",
          "sve",
          "sve2",
          "sme");

  public Cpu {
    features = List.copyOf(features);
  }

  /** The processor this runs on; "unknown" where the system doesn't say. */
  public static Cpu ofThisMachine() {
    Path linux = Path.of("/proc/cpuinfo");
    try {
      return Files.isReadable(linux) ? ofCpuInfo(Files.readString(linux)) : ofSysctl();
    } catch (IOException e) {
      return new Cpu("unknown (" + e.getMessage() + ")", List.of());
    }
  }

  /** Reads Linux's {@code /proc/cpuinfo}. */
  static Cpu ofCpuInfo(String text) {
    Map<String, String> first = new HashMap<>();
    text.lines()
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> first.putIfAbsent(parts[0].strip(), parts[1].strip()));
    String model = first.getOrDefault("model name", "unknown " + System.getProperty("os.arch"));
    return new Cpu(model, known(first.getOrDefault("flags", first.getOrDefault("Features", ""))));
  }

  private static Cpu ofSysctl() throws IOException {
    if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac")) {
      return new Cpu("unknown " + System.getProperty("os.arch"), List.of());
    }
    Process process =
        new ProcessBuilder("sysctl", "-n", "machdep.cpu.brand_string")
            .redirectErrorStream(true)
            .start();
    String model = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Cpu(
        model.strip(),
        System.getProperty("os.arch").equals("aarch64") ? List.of("asimd") : List.of());
  }

  private static List<String> known(String flags) {
    Set<String> has = Set.copyOf(Arrays.asList(flags.strip().split("\\s+")));
    return TOLD.stream().filter(has::contains).toList();
  }
}
