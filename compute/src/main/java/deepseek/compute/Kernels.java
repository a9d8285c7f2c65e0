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
}
