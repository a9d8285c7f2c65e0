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
 * Free memory, checked before large allocations: the system overcommits, and kills processes that
 * then use what it granted.
 */
public final class FreeMemory {
  private static final String AVAILABLE = "MemAvailable:";

  /**
   * A tenth of a gigabyte: messages round the request up and the free memory down, so that the two
   * numbers differ.
   */
  private static final double TENTH = 1e8;

  private FreeMemory() {}

  /**
   * Bytes available without swapping on Linux; elsewhere, and at most, the machine's total memory.
   */
  public static long bytes() {
    long all =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
      return Math.min(all, available(lines).orElse(all));
    } catch (IOException | UncheckedIOException e) {
      return all; // another system
    }
  }

  /** Parses the lines of {@code /proc/meminfo}, in units of 1024 bytes. */
  static OptionalLong available(Stream<String> lines) {
    return lines
        .filter(line -> line.matches(AVAILABLE + "\\s+\\d{1,15} kB"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst();
  }

  /**
   * Throws unless {@code bytes} are free; a double, so that products of sizes don't overflow.
   *
   * @param remedy what the user can do to need less
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
