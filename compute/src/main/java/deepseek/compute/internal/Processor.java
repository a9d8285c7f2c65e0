package deepseek.compute.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the CPU can do, asked without loading libtorch. */
public final class Processor {
  private static final Pattern BFLOAT16_FLAG = Pattern.compile("\\b(avx512_bf16|amx_bf16|bf16)\\b");

  private Processor() {}

  /** Whether the CPU has bfloat16 dot products: AVX512-BF16 or AMX on x86, BF16 on Arm. */
  public static boolean hasFastBfloat16() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
          .findFirst()
          .map(line -> BFLOAT16_FLAG.matcher(line).find())
          .orElse(false);
    } catch (IOException | UncheckedIOException e) {
      return false; // no such file on this system: float32 is never wrong
    }
  }
}
