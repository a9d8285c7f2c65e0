package deepseek.kernel.runtime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import deepseek.kernel.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Memory from the C library, aligned to cache lines. An arena's own allocation would zero every
 * page at once, even those that are never read.
 */
public final class NativeMemory {
  /** Names a library whose allocator replaces the C library's, such as a sanitizer's. */
  public static final String LIBRARY = "deepseek.memory.library";

  private static final long LINE = 64;

  // One holder class per function: creating a handle takes milliseconds, and startup needs few of
  // them.
  private static final class AsItComes {
    static final Optional<MethodHandle> ALLOCATE =
        find("aligned_alloc", FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG));
  }

  private static final class Zeros {
    static final MethodHandle ALLOCATE =
        find("calloc", FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG)).orElseThrow();
  }

  private static final class Freed {
    static final MethodHandle FREE = find("free", FunctionDescriptor.ofVoid(ADDRESS)).orElseThrow();
  }

  private NativeMemory() {}

  private static Optional<MethodHandle> find(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    String library = System.getProperty(LIBRARY);
    SymbolLookup functions =
        library == null
            ? linker.defaultLookup()
            : SymbolLookup.libraryLookup(Path.of(library), Arena.global());
    return functions.find(name).map(f -> linker.downcallHandle(f, type));
  }

  /**
   * Uninitialised memory, to be released by {@link #free}; empty if there is none left, or no such
   * function.
   */
  public static Optional<MemorySegment> allocate(long bytes) {
    if (AsItComes.ALLOCATE.isEmpty()) {
      return Optional.empty();
    }
    MemorySegment memory;
    try {
      long lines = Math.max(LINE, Math.ceilDiv(bytes, LINE) * LINE);
      memory = (MemorySegment) AsItComes.ALLOCATE.get().invokeExact(LINE, lines);
    } catch (Throwable e) {
      throw new LinkageError("aligned_alloc could not be called", e);
    }
    return memory.address() == 0 ? Optional.empty() : Optional.of(memory.reinterpret(bytes));
  }

  /**
   * Zeroed memory, freed with the arena; pages of large blocks are committed when first touched.
   */
  public static MemorySegment zeros(long bytes, Arena arena) {
    MemorySegment zeros;
    try {
      zeros = (MemorySegment) Zeros.ALLOCATE.invokeExact(bytes + LINE, 1L);
    } catch (Throwable e) {
      throw new LinkageError("calloc could not be called", e);
    }
    if (zeros.address() == 0) {
      throw new KernelException(
          "allocate memory",
          "enough free memory",
          "none for " + bytes + " bytes",
          "use a smaller batch, context or dtype");
    }
    long skipped = -zeros.address() & (LINE - 1);
    return zeros.reinterpret(bytes + LINE, arena, NativeMemory::free).asSlice(skipped, bytes);
  }

  /** Frees memory from {@link #allocate}. */
  public static void free(MemorySegment memory) {
    try {
      Freed.FREE.invokeExact(memory);
    } catch (Throwable e) {
      throw new LinkageError("free could not be called", e);
    }
  }
}
