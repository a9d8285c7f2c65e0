package deepseek.compute;

import deepseek.compute.internal.Malloc;
import deepseek.compute.internal.Processor;
import deepseek.compute.internal.Threads;

/** What operations take of this machine, whether libtorch runs them or the kernels do. */
public final class Machine {
  /**
   * More than any machine has cores; libgomp ends the process when the system has no more threads.
   */
  public static final int MOST_THREADS = 1024;

  private Machine() {}

  /**
   * Threads that one operation may use: those set; else OMP_NUM_THREADS; else one for each core of
   * the processors that this process may use.
   */
  public static int threads() {
    return Threads.count();
  }

  /** Sets how many threads an operation computes on, from now on. */
  public static void threads(int count) {
    if (count < 1 || count > MOST_THREADS) {
      throw new ComputeException(
          "set threads",
          "1 to " + MOST_THREADS,
          String.valueOf(count),
          "pass the number of cores to use");
    }
    Threads.count(count);
  }

  /** Whether this CPU multiplies bfloat16 in hardware (AVX512-BF16, AMX), so that it pays. */
  public static boolean hasFastBfloat16() {
    return Processor.hasFastBfloat16();
  }

  /**
   * Hands freed native memory back to the system, which otherwise stays with this process for the
   * next tensors. For when something large was closed; takes some milliseconds.
   */
  public static void giveBackFreeMemory() {
    QTensor.PRODUCTS.forget();
    SparseProducts.forget();
    Malloc.giveBackFreeMemory();
  }
}
