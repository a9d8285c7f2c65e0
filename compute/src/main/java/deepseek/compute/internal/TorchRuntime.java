package deepseek.compute.internal;

import org.bytedeco.pytorch.global.torch;

/** libtorch as loaded into this process, which happens when it is first needed; its seeds. */
public final class TorchRuntime {
  private static volatile boolean isLoaded;

  private static final class Loaded {
    static {
      // Scopes own native memory; JavaCPP's collector thread and its memory accounting only cost
      // time.
      System.setProperty("org.bytedeco.javacpp.nopointergc", "true");
      System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
      System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
      Malloc.reuseLargeBlocks();
      OpenMpLibrary.load();
      UnpackedNatives.load();
      Threads.tellLibtorch();
      isLoaded = true;
    }

    static void now() {}
  }

  private TorchRuntime() {}

  /** Every class that touches JavaCPP calls it first. */
  public static void load() {
    Loaded.now();
  }

  /** Whether {@link #load} has ended; asking does not load. */
  public static boolean isLoaded() {
    return isLoaded;
  }

  public static void seed(long seed) {
    load();
    torch.manual_seed(seed);
  }

  /** Those that libtorch was built for and finds. */
  public static int cudaDevices() {
    load();
    return torch.cuda_device_count();
  }

  public static boolean mpsIsAvailable() {
    load();
    return torch.hasMPS();
  }

  /** libtorch's account of the vector instructions it chose, e.g. {@code AVX512}. */
  public static String cpuCapability() {
    load();
    return torch.get_cpu_capability().getString();
  }

  /** How libtorch was built: compiler, BLAS, oneDNN, OpenMP. */
  public static String buildConfig() {
    load();
    return torch.show_config().getString();
  }
}
