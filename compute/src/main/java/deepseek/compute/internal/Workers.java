package deepseek.compute.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How libtorch's threads share the machine with other programs.
 *
 * <p>A worker of libgomp's that waits for the next operation spins, which hands work over in a
 * microsecond and eats a core, or sleeps, which costs 50 and leaves the core to others. Spinning
 * halves the time per token on an idle machine; where others want the cores it burns the time
 * slices that the other worker waits for, and a token takes seconds. So the machine is looked at
 * once, before libgomp is loaded, since it can't be changed afterwards.
 *
 * <p>OpenBLAS, which multiplies FLOAT32, has workers of its own. Attention calls it from libgomp's
 * workers, and then both kinds wait for each other's cores: with one thread a call a prompt is read
 * three times as fast in BFLOAT16, and faster in FLOAT32 too.
 *
 * <p>What the environment says (OMP_WAIT_POLICY, GOMP_SPINCOUNT, OPENBLAS_NUM_THREADS) goes first.
 * docs/performance.md has the figures.
 */
final class Workers {
  private static final Path LOAD = Path.of("/proc/loadavg");
  private static final Path OWN_THREADS = Path.of("/proc/self/task");
  private static final int LOOKS = 5;
  private static final long BETWEEN_LOOKS_MILLIS = 2;

  /** A core's wait of about 1 ms: longer than the work between two operations of a model. */
  private static final String SPINS = "20000";

  private Workers() {}

  /**
   * Chooses; must run before libgomp and libtorch are loaded. Does nothing where there is no /proc.
   */
  static void settle() {
    if (!Files.isReadable(LOAD)) {
      return;
    }
    if (System.getenv("OMP_WAIT_POLICY") == null && System.getenv("GOMP_SPINCOUNT") == null) {
      setEnvironment("GOMP_SPINCOUNT", coresAreWanted() ? "0" : SPINS);
    }
    if (System.getenv("OPENBLAS_NUM_THREADS") == null) {
      setEnvironment("OPENBLAS_NUM_THREADS", "1");
    }
  }

  /** Whether other programs keep half of the cores busy. */
  private static boolean coresAreWanted() {
    int[] others = new int[LOOKS];
    try {
      for (int i = 0; i < LOOKS; i++) {
        others[i] = running() - ownRunning();
        Thread.sleep(BETWEEN_LOOKS_MILLIS);
      }
    } catch (IOException | UncheckedIOException | NumberFormatException e) {
      return false; // another form of /proc
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    Arrays.sort(others);
    return 2 * others[LOOKS / 2] >= Runtime.getRuntime().availableProcessors();
  }

  /** Runnable threads of the machine: {@code 0.20 0.18 0.12 3/80 11206} has 3. */
  private static int running() throws IOException {
    String field = Files.readString(LOAD).split(" ", 5)[3];
    return Integer.parseInt(field.substring(0, field.indexOf('/')));
  }

  private static int ownRunning() throws IOException {
    try (Stream<Path> threads = Files.list(OWN_THREADS)) {
      return (int) threads.filter(Workers::isRunning).count();
    }
  }

  private static boolean isRunning(Path thread) {
    try {
      String stat = Files.readString(thread.resolve("stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) == 'R'; // the name before it may hold anything
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  private static void setEnvironment(String name, String value) {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> setenv = linker.defaultLookup().find("setenv");
    if (setenv.isEmpty()) {
      return;
    }
    var type =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    try (Arena arena = Arena.ofConfined()) {
      int failed =
          (int)
              linker
                  .downcallHandle(setenv.get(), type)
                  .invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1);
      if (failed != 0) {
        System.getLogger(Workers.class.getName())
            .log(System.Logger.Level.DEBUG, "setenv refused; libgomp's own choice stands");
      }
    } catch (Throwable e) {
      throw new LinkageError("setenv could not be called", e);
    }
  }
}
