package deepseek.kernel.cpu;

import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.kernel.runtime.CompiledCode;
import deepseek.kernel.runtime.CpuFeatures;
import java.util.Set;

/** The instruction sets that the C has code for. */
enum InstructionSet {
  AMX(
      Set.of(
          "avx2",
          "fma",
          "f16c",
          "avx512f",
          "avx512bw",
          "avx512dq",
          "avx512vl",
          "avx512_vnni",
          "avx512_bf16",
          "amx_tile",
          "amx_int8",
          "amx_bf16")),
  AVX512_BF16(
      Set.of(
          "avx2",
          "fma",
          "f16c",
          "avx512f",
          "avx512bw",
          "avx512dq",
          "avx512vl",
          "avx512_vnni",
          "avx512_bf16")),
  AVX512_VNNI(
      Set.of("avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni")),
  AVX512(Set.of("avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl")),
  AVX_VNNI(Set.of("avx2", "fma", "f16c", "avx_vnni")),
  AVX2(Set.of("avx2", "fma", "f16c")),
  PLAIN(Set.of());

  final Set<String> features;

  InstructionSet(Set<String> features) {
    this.features = features;
  }

  /** Whether this processor has it. */
  boolean isHere() {
    return CpuFeatures.detect().names().containsAll(features);
  }

  /** The one with products of bfloat16 uses them, whoever made this processor. */
  private CpuTuning tuning() {
    return CpuTuning.USUAL.with(CpuTuning.Choice.BFLOATS, this == AVX512_BF16 ? 1 : 0);
  }

  /** Whether many rows are rounded to what a weight of this format has. */
  boolean rounds(WeightFormat format, int rows) {
    return this == AVX512_BF16 && format == WeightFormat.BF16 && rows > 8;
  }

  /** How far results may be off where they are {@code usual} without such rounding. */
  double error(double usual, WeightFormat format, int rows) {
    return rounds(format, rows) ? 2e-2 : usual;
  }

  /** The kernels compiled for it; skips the test if this machine can't run them. */
  CpuKernels kernels() {
    CompiledCode code = Sanitizer.code();
    assumeThat(isHere()).as("this processor has " + this).isTrue();
    return CpuKernels.compiled(code, CpuFeatures.detect().only(features), tuning());
  }
}
