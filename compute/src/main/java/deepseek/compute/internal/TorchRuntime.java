package deepseek.compute.internal;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch;

/** libtorch as loaded into this process: set-up, threads, seeds. */
public final class TorchRuntime {
  // glibc's mallopt parameters, <malloc.h>.
  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_MMAP_THRESHOLD = -3;

  static {
    // Scopes own native memory; JavaCPP's collector thread and its memory accounting only cost
    // time.
    System.setProperty("org.bytedeco.javacpp.nopointergc", "true");
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    reuseLargeBlocks();
    Workers.settle();
    UnpackedNatives.load();
  }

  private static final class Trim {
    static final Optional<MethodHandle> CALL =
        Linker.nativeLinker()
            .defaultLookup()
            .find("malloc_trim")
            .map(
                trim ->
                    Linker.nativeLinker()
                        .downcallHandle(
                            trim,
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)));
  }

  private TorchRuntime() {}

  /** Runs the set-up above; every class that touches JavaCPP calls it first. */
  public static void load() {}

  /**
   * Lets malloc keep blocks of up to 32 MiB (glibc's upper bound) on its heap, so that each step's
   * activations reuse the pages of the last instead of being mapped and zeroed again.
   */
  private static void reuseLargeBlocks() {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> mallopt = linker.defaultLookup().find("mallopt");
    if (mallopt.isEmpty()) {
      return; // not glibc
    }
    MethodHandle call =
        linker.downcallHandle(
            mallopt.get(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try {
      int first = (int) call.invokeExact(M_MMAP_THRESHOLD, 32 << 20);
      int second = (int) call.invokeExact(M_TRIM_THRESHOLD, 256 << 20);
      if (first == 0 || second == 0) {
        System.getLogger(TorchRuntime.class.getName())
            .log(System.Logger.Level.DEBUG, "mallopt refused; large blocks are mapped anew");
      }
    } catch (Throwable e) {
      throw new LinkageError("mallopt could not be called", e);
    }
  }

  /**
   * Hands what {@link #reuseLargeBlocks} made malloc keep back to the system; nothing where malloc
   * is not glibc's.
   */
  public static void giveBackFreeMemory() {
    if (Trim.CALL.isEmpty()) {
      return;
    }
    try {
      int unused = (int) Trim.CALL.get().invokeExact(0L);
    } catch (Throwable e) {
      throw new LinkageError("malloc_trim could not be called", e);
    }
  }

  public static int threads() {
    return torch.get_num_threads();
  }

  public static void setThreads(int count) {
    torch.set_num_threads(count);
  }

  public static void seed(long seed) {
    torch.manual_seed(seed);
  }

  public static boolean cudaIsAvailable() {
    return torch.cuda_is_available();
  }

  /** libtorch's account of the vector instructions it chose, e.g. {@code AVX512}. */
  public static String cpuCapability() {
    return torch.get_cpu_capability().getString();
  }

  /** How libtorch was built: compiler, BLAS, oneDNN, OpenMP. */
  public static String buildConfig() {
    return torch.show_config().getString();
  }
}
