package deepseek.compute;

import deepseek.compute.internal.TorchRuntime;

/**
 * The libtorch under this process: its devices and build. It is loaded when it is first needed,
 * which it isn't by models whose steps run as kernels alone.
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

  /** Loads libtorch now, if it isn't. */
  public static void load() {
    TorchRuntime.load();
  }

  static void loadQuietly() {
    try {
      load();
    } catch (LinkageError e) {
      // Whoever needs libtorch is told then.
      System.getLogger(Libtorch.class.getName()).log(System.Logger.Level.DEBUG, "no libtorch", e);
    }
  }

  /** Whether libtorch was built for such a device and finds it. */
  public static boolean has(Device device) {
    return switch (device.type()) {
      case CPU -> true;
      case CUDA -> device.index() < TorchRuntime.cudaDevices();
      case MPS -> TorchRuntime.mpsIsAvailable();
    };
  }

  /** The vector instructions libtorch chose, e.g. {@code AVX512}. */
  public static String cpuCapability() {
    return TorchRuntime.cpuCapability();
  }

  /** libtorch's account of its own build. */
  public static String buildConfig() {
    return TorchRuntime.buildConfig();
  }
}
