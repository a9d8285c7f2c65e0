package deepseek.compute.internal;

import deepseek.kernel.runtime.CpuInfo;
import java.util.Set;

/** What the CPU can do, asked without loading libtorch. */
public final class Processor {
  private static final Set<String> BFLOAT16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

  private Processor() {}

  /**
   * Whether the CPU has bfloat16 dot products: AVX512-BF16 or AMX on x86, BF16 on Arm. Not where
   * the system doesn't say: float32 is never wrong.
   */
  public static boolean hasFastBfloat16() {
    return CpuInfo.ofThisMachine().features().stream().anyMatch(BFLOAT16::contains);
  }
}
