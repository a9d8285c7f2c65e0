package deepseek.serve.dashboard;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Memory of the process by owner.
 *
 * @param residentBytes in memory, 0 where the system doesn't tell
 */
record Usage(
    long heapBytes,
    long heapLimit,
    long weightBytes,
    long cacheBytes,
    long residentBytes,
    int cores) {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int KIB = 1024;

  static Usage now(long weightBytes, long cacheBytes) {
    Runtime runtime = Runtime.getRuntime();
    return new Usage(
        runtime.totalMemory() - runtime.freeMemory(),
        runtime.maxMemory(),
        weightBytes,
        cacheBytes,
        resident(),
        runtime.availableProcessors());
  }

  /** The process's share of all cores since the last call, 0 to 1: it has one caller. */
  static double cpuLoad() {
    double load =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuLoad();
    return Double.isNaN(load) || load < 0 ? 0 : load;
  }

  private static long resident() {
    if (!Files.isReadable(STATUS)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }
}
