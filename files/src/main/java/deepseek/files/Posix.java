package deepseek.files;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** The memory functions of Linux and macOS that Java has no API for. */
final class Posix {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;

  private static final int O_RDONLY = 0;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE = 2;
  private static final int MADV_SEQUENTIAL = 2;
  private static final int MADV_WILLNEED = 3;
  private static final int MADV_DONTNEED = 4;

  private static final Optional<Posix> SYSTEM = load();

  private final MethodHandle open;
  private final MethodHandle close;
  private final MethodHandle mmap;
  private final MethodHandle munmap;
  private final MethodHandle madvise;
  private final long pageSize;

  private Posix(Linker linker) {
    open =
        handle(
            linker,
            "open",
            FunctionDescriptor.of(INT, POINTER, INT),
            Linker.Option.firstVariadicArg(2));
    close = handle(linker, "close", FunctionDescriptor.of(INT, INT));
    mmap =
        handle(linker, "mmap", FunctionDescriptor.of(POINTER, POINTER, LONG, INT, INT, INT, LONG));
    munmap = handle(linker, "munmap", FunctionDescriptor.of(INT, POINTER, LONG));
    madvise = handle(linker, "madvise", FunctionDescriptor.of(INT, POINTER, LONG, INT));
    pageSize = pageSize(handle(linker, "getpagesize", FunctionDescriptor.of(INT)));
  }

  /** Empty on systems without these calls (Windows). */
  static Optional<Posix> system() {
    return SYSTEM;
  }

  private static Optional<Posix> load() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    if (!os.contains("linux") && !os.contains("mac")) {
      return Optional.empty();
    }
    return Optional.of(new Posix(Linker.nativeLinker()));
  }

  private static MethodHandle handle(
      Linker linker, String name, FunctionDescriptor type, Linker.Option... options) {
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
  }

  private static long pageSize(MethodHandle getpagesize) {
    try {
      return (int) getpagesize.invokeExact();
    } catch (Throwable e) {
      throw failed("getpagesize", e);
    }
  }

  /** Bytes of a memory page. */
  long pageSize() {
    return pageSize;
  }

  /**
   * Maps a whole file copy-on-write: a write to a tensor on it changes this process's copy of the
   * page and never the file, whereas with a read-only mapping it would crash the JVM.
   *
   * @return the mapping, freed with the arena; empty if the system refuses
   */
  Optional<MemorySegment> mapPrivately(Path path, long size, Arena arena) {
    try (Arena call = Arena.ofConfined()) {
      int descriptor = (int) open.invokeExact(call.allocateFrom(path.toString()), O_RDONLY);
      if (descriptor < 0) {
        return Optional.empty();
      }
      MemorySegment address =
          (MemorySegment)
              mmap.invokeExact(
                  MemorySegment.NULL, size, PROT_READ_WRITE, MAP_PRIVATE, descriptor, 0L);
      int ignored = (int) close.invokeExact(descriptor);
      if (address.address() == -1L) {
        return Optional.empty();
      }
      return Optional.of(address.reinterpret(size, arena, this::unmap));
    } catch (Throwable e) {
      throw failed("mmap", e);
    }
  }

  private void unmap(MemorySegment mapped) {
    try {
      int ignored = (int) munmap.invokeExact(mapped, mapped.byteSize());
    } catch (Throwable e) {
      throw failed("munmap", e);
    }
  }

  /** Calls madvise. Failure is ignored, since the advice affects speed and memory only. */
  void advise(MemorySegment pages, Mapping.Advice advice) {
    int flag =
        switch (advice) {
          case SEQUENTIAL -> MADV_SEQUENTIAL;
          case WILL_NEED -> MADV_WILLNEED;
          case DONT_NEED -> MADV_DONTNEED;
        };
    try {
      int ignored = (int) madvise.invokeExact(pages, pages.byteSize(), flag);
    } catch (Throwable e) {
      throw failed("madvise", e);
    }
  }

  private static Error failed(String call, Throwable cause) {
    if (cause instanceof Error error) {
      return error;
    }
    return new LinkageError(call, cause);
  }
}
