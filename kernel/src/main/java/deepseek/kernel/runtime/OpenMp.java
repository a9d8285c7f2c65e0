package deepseek.kernel.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/**
 * libgomp's entry points. libtorch's workers are libgomp's: a pool of our own beside them would
 * wait for cores on which they still spin. The system's loader gives the copy that is loaded
 * already.
 *
 * @param parallel {@code GOMP_parallel(void (*)(void *), void *, unsigned threads, unsigned flags)}
 * @param team {@code omp_get_num_threads()}: how many run the present region
 */
public record OpenMp(MemorySegment parallel, MemorySegment team) {
  private static final String LIBRARY = "libgomp.so.1";

  /** Empty where there is none: kernels then run on the caller's thread. */
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
}
