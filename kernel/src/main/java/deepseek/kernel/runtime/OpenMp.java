package deepseek.kernel.runtime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Entry points of libgomp, whose thread pool libtorch uses too: a second pool would wait for cores
 * on which libgomp's threads still spin. The system's loader returns the copy that is already
 * loaded.
 *
 * @param parallel {@code GOMP_parallel(void (*)(void *), void *, unsigned threads, unsigned flags)}
 * @param team {@code omp_get_num_threads()}: the threads of the current region
 */
public record OpenMp(MemorySegment parallel, MemorySegment team) {
  private static final String LIBRARY = "libgomp.so.1";

  private static final class Parallel {
    static final MethodHandle CALL =
        Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
  }

  /** libgomp, if there is one; otherwise kernels run on the caller's thread. */
  public static Optional<OpenMp> find() {
    try {
      SymbolLookup library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
      return library
          .find("GOMP_parallel")
          .flatMap(p -> library.find("omp_get_num_threads").map(t -> new OpenMp(p, t)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Calls {@code function(data)} on {@code threads} threads, 0: one for each core, and waits. */
  public void run(MemorySegment function, MemorySegment data, int threads) {
    try {
      Parallel.CALL.invokeExact(parallel, function, data, threads, 0);
    } catch (Throwable e) {
      throw new LinkageError("GOMP_parallel could not be called", e);
    }
  }
}
