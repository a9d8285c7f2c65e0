package deepseek.files;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The POSIX {@code flock(2)}. Java's own file locks are {@code fcntl} locks, which {@code flock}
 * doesn't see, and huggingface_hub uses {@code flock}.
 */
final class Flock {
  private static final int O_RDWR = 2;
  private static final int LOCK_EX_NB = 2 | 4;
  private static final String OS = System.getProperty("os.name").toLowerCase(Locale.ROOT);
  private static final int EWOULDBLOCK = OS.startsWith("mac") ? 35 : 11;

  private Flock() {}

  static boolean isAvailable() {
    return OS.startsWith("linux") || OS.startsWith("mac");
  }

  /** The C functions, linked on first use, and so never on Windows. */
  private static final class Posix {
    static final StructLayout STATE = Linker.Option.captureStateLayout();
    static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    static final MethodHandle OPEN =
        link(
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    static final MethodHandle FLOCK =
        link(
            "flock",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    static final MethodHandle CLOSE =
        link("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private Posix() {}

    private static MethodHandle link(
        String name, FunctionDescriptor type, Linker.Option... options) {
      Linker linker = Linker.nativeLinker();
      Linker.Option[] all = Arrays.copyOf(options, options.length + 1);
      all[options.length] = Linker.Option.captureCallState("errno");
      return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type, all);
    }
  }

  static Optional<ProcessLock> tryAcquire(Path file) throws IOException {
    create(file);
    // Without locks in the file system, a second process downloads the file again, but can't
    // corrupt it, since files are renamed into place.
    return attempt(file, Optional.of(() -> {}));
  }

  /** The lock; empty if another process holds it, or the file system has no locks. */
  static Optional<ProcessLock> tryExisting(Path file) throws IOException {
    return attempt(file, Optional.empty());
  }

  private static Optional<ProcessLock> attempt(Path file, Optional<ProcessLock> withoutLocks)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Posix.STATE);
      int descriptor =
          (int) Posix.OPEN.invokeExact(state, arena.allocateFrom(file.toString()), O_RDWR);
      if (descriptor < 0) {
        throw new IOException("cannot open " + file + ", errno " + errno(state));
      }
      if ((int) Posix.FLOCK.invokeExact(state, descriptor, LOCK_EX_NB) == 0) {
        return Optional.of(() -> close(descriptor));
      }
      int errno = errno(state);
      close(descriptor);
      return errno == EWOULDBLOCK ? Optional.empty() : withoutLocks;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a C function threw", e);
    }
  }

  private static int errno(MemorySegment state) {
    return (int) Posix.ERRNO.get(state, 0L);
  }

  private static void create(Path file) throws IOException {
    if (!Files.exists(file)) {
      try {
        Files.createFile(file);
      } catch (FileAlreadyExistsException e) {
        // Another process created it first.
      }
    }
  }

  private static void close(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      int _ = (int) Posix.CLOSE.invokeExact(arena.allocate(Posix.STATE), descriptor);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a C function threw", e);
    }
  }
}
