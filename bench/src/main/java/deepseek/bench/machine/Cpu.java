package deepseek.bench.machine;

import deepseek.kernel.runtime.CpuInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The processor, as the operating system describes it.
 *
 * @param model its maker's name for it
 * @param features vector and matrix instructions it has, under Linux's names, slowest first
 */
public record Cpu(String model, List<String> features) {
  private static final String UNKNOWN = "unknown " + System.getProperty("os.arch");

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
    CpuInfo linux = CpuInfo.ofThisMachine();
    if (!linux.fields().isEmpty()) {
      return new Cpu(
          linux.field("model name").orElse(UNKNOWN),
          TOLD.stream().filter(linux.features()::contains).toList());
    }
    try {
      return ofSysctl();
    } catch (IOException e) {
      return new Cpu("unknown (" + e.getMessage() + ")", List.of());
    }
  }

  private static Cpu ofSysctl() throws IOException {
    if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac")) {
      return new Cpu(UNKNOWN, List.of());
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
}
