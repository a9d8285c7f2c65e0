package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.fail;

import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.Presence;

/**
 * The precondition of tests of compiled kernels, in every module: they are skipped if there is no C
 * compiler or other kernels were chosen, and fail if the compiler rejects our C, or if {@link
 * Presence} requires {@code cpu}.
 */
public final class CompiledKernels {
  private CompiledKernels() {}

  public static void require() {
    if (CpuKernels.loaded().isPresent()) {
      return;
    }
    String chosen = System.getProperty("deepseek.kernels", System.getenv("DEEPSEEK_KERNELS"));
    if (chosen != null) {
      throw Presence.absent(
          "cpu",
          new KernelException("test compiled kernels", "them", chosen, "choose no other kernels"));
    }
    CCompiler compiler = Presence.compiler();
    fail("%s is there and compiled kernels are not: the log says why", compiler);
  }
}
