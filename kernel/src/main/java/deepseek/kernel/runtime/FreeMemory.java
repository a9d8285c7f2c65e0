package deepseek.kernel.runtime;

import com.sun.management.OperatingSystemMXBean;
import deepseek.kernel.KernelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Memory that can be had, asked for before much of it is taken: the system grants more than there
 * is, and ends processes that use it.
 */
public final class FreeMemory {
  private static final String AVAILABLE = "MemAvailable:";

  /**
   * Of a gigabyte: what is asked for is rounded up to it, what there is down, so that they differ.
   */
  private static final double TENTH = 1e8;

  private FreeMemory() {}

  /** Bytes that Linux can give without swapping; elsewhere, and at most, all that there are. */
  public static long bytes() {
    long all =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
      return Math.min(all, available(lines).orElse(all));
    } catch (IOException | UncheckedIOException e) {
      return all; // another system
    }
  }

  /** From the lines of such a file, which count in units of 1024 bytes. */
  static OptionalLong available(Stream<String> lines) {
    return lines
        .filter(line -> line.matches(AVAILABLE + "\\s+\\d{1,15} kB"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst();
  }

  /**
   * Throws unless so many bytes are free, a number that no product of sizes overflows.
   *
   * @param remedy what takes less
   */
  public static void require(String operation, double bytes, String remedy) {
    long free = bytes();
    if (!(bytes <= free)) {
      throw new KernelException(
          operation,
          "at most " + text(Math.floor(free / TENTH)) + ", which are free here",
          text(Math.ceil(bytes / TENTH)),
          remedy);
    }
  }

  private static String text(double tenths) {
    return String.format(Locale.ROOT, "%.1f GB", tenths / 10);
  }
}
