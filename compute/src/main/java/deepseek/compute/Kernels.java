package deepseek.compute;

import deepseek.compute.internal.OpenMpLibrary;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.PackedKernels;
import java.util.Optional;

/** This process's kernels, on the threads that libtorch has or will have. */
public final class Kernels {
  static {
    OpenMpLibrary.load();
  }

  private Kernels() {}

  /** Compiled ones. */
  public static Optional<CpuKernels> compiled() {
    return CpuKernels.loaded();
  }

  /** Compiled ones, or those in Java. */
  static Optional<PackedKernels> any() {
    return PackedKernels.loaded();
  }

  /** The compiled ones, which sparse weights can't do without. */
  static CpuKernels ofSparse() {
    return compiled()
        .orElseThrow(
            () ->
                new ComputeException(
                    "use a sparse weight",
                    "compiled kernels for this processor",
                    "none (no C compiler, or switched off)",
                    "install one, or keep the weight whole"));
  }

  /** Any, which packed weights can't do without. */
  static PackedKernels ofPacked() {
    return any()
        .orElseThrow(
            () ->
                new ComputeException(
                    "use a packed weight",
                    "kernels for this processor",
                    "none (no C compiler and no Vector API, or switched off)",
                    "install a compiler, or load the model without quantisation"));
  }
}
