package deepseek.compute.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import deepseek.compute.ComputeException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The C library's memory, which libtorch's tensors lie in too. */
public final class Malloc {
  // glibc's mallopt parameters, <malloc.h>.
  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_MMAP_THRESHOLD = -3;

  /** What vectors and caches want of an address. */
  private static final long LINE = 64;

  private static final Linker LINKER = Linker.nativeLinker();

  private static final class Memory {
    static final Optional<MethodHandle> ALLOCATE =
        find("aligned_alloc", FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG));
    static final Optional<MethodHandle> FREE = find("free", FunctionDescriptor.ofVoid(ADDRESS));
  }

  private static final class Trim {
    static final Optional<MethodHandle> CALL =
        find("malloc_trim", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
  }

  private Malloc() {}

  private static Optional<MethodHandle> find(String name, FunctionDescriptor type) {
    return LINKER.defaultLookup().find(name).map(f -> LINKER.downcallHandle(f, type));
  }

  /** Memory as it comes, at a multiple of 64; empty where the C library has no such function. */
  static Optional<MemorySegment> allocate(long bytes) {
    if (Memory.ALLOCATE.isEmpty() || Memory.FREE.isEmpty()) {
      return Optional.empty();
    }
    MemorySegment memory;
    try {
      long lines = Math.max(LINE, Math.ceilDiv(bytes, LINE) * LINE);
      memory = (MemorySegment) Memory.ALLOCATE.get().invokeExact(LINE, lines);
    } catch (Throwable e) {
      throw new LinkageError("aligned_alloc could not be called", e);
    }
    if (memory.address() == 0) {
      throw new ComputeException(
          "allocate memory",
          "enough free memory",
          "none for " + bytes + " bytes",
          "use a smaller batch, context or dtype");
    }
    return Optional.of(memory.reinterpret(bytes));
  }

  static void free(MemorySegment memory) {
    try {
      Memory.FREE.orElseThrow().invokeExact(memory);
    } catch (Throwable e) {
      throw new LinkageError("free could not be called", e);
    }
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
      int unused = (int) Trim.CALL.get().invokeExact(0L);
    } catch (Throwable e) {
      throw new LinkageError("malloc_trim could not be called", e);
    }
  }
}
