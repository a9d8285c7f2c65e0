package deepseek.compute.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** How the C library's malloc, which libtorch's tensors come from too, keeps what is freed. */
public final class Malloc {
  // glibc's mallopt parameters, <malloc.h>.
  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_MMAP_THRESHOLD = -3;

  private static final Linker LINKER = Linker.nativeLinker();

  private static final class Trim {
    static final Optional<MethodHandle> CALL =
        find("malloc_trim", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
  }

  private Malloc() {}

  private static Optional<MethodHandle> find(String name, FunctionDescriptor type) {
    return LINKER.defaultLookup().find(name).map(f -> LINKER.downcallHandle(f, type));
  }

  /**
   * Lets malloc keep blocks of up to 32 MiB (glibc's upper bound) on its heap, so that each step's
   * activations reuse the pages of the last instead of being mapped and zeroed again.
   */
  static void reuseLargeBlocks() {
    Optional<MethodHandle> call =
        find("mallopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    if (call.isEmpty()) {
      return; // not glibc
    }
    try {
      int first = (int) call.get().invokeExact(M_MMAP_THRESHOLD, 32 << 20);
      int second = (int) call.get().invokeExact(M_TRIM_THRESHOLD, 256 << 20);
      if (first == 0 || second == 0) {
        System.getLogger(Malloc.class.getName())
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
      int _ = (int) Trim.CALL.get().invokeExact(0L);
    } catch (Throwable e) {
      throw new LinkageError("malloc_trim could not be called", e);
    }
  }
}
