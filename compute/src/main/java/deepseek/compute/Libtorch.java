package deepseek.compute;

import deepseek.compute.internal.Malloc;
import deepseek.compute.internal.Processor;
import deepseek.compute.internal.Threads;
import deepseek.compute.internal.TorchRuntime;

/**
 * The libtorch under this process: its threads, devices and build. It is loaded when it is first
 * needed; models whose steps run as kernels alone never do.
 */
public final class Libtorch {
  private Libtorch() {}

  /**
   * Starts loading libtorch on another thread and returns at once, for programs that soon need it
   * and have files to open meanwhile. Whoever needs it sooner waits.
   */
  public static void prepare() {
    Thread.ofPlatform().daemon().name("load-libtorch").start(Libtorch::loadQuietly);
  }

  static void loadQuietly() {
    try {
      TorchRuntime.load();
    } catch (LinkageError e) {
      // Whoever needs libtorch is told then.
      System.getLogger(Libtorch.class.getName()).log(System.Logger.Level.DEBUG, "no libtorch", e);
    }
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

  /** Threads that one operation may use. */
  public static int threads() {
    return Threads.count();
  }

  public static void threads(int count) {
    if (count < 1) {
      throw new ComputeException(
          "set threads", "at least 1", String.valueOf(count), "pass the number of cores to use");
    }
    Threads.count(count);
  }

  /** Whether libtorch was built for CUDA and finds a device. */
  public static boolean cudaIsAvailable() {
    return TorchRuntime.cudaIsAvailable();
  }

  /** The vector instructions libtorch chose, e.g. {@code AVX512}. */
  public static String cpuCapability() {
    return TorchRuntime.cpuCapability();
  }

  /** Whether this CPU multiplies bfloat16 in hardware (AVX512-BF16, AMX), so that it pays. */
  public static boolean hasFastBfloat16() {
    return Processor.hasFastBfloat16();
  }

  /** libtorch's account of its own build. */
  public static String buildConfig() {
    return TorchRuntime.buildConfig();
  }
}
