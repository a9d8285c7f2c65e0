package deepseek.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Resident memory of this process in bytes, from Linux's /proc. */
final class Memory {
  private static final Path ROLLUP = Path.of("/proc/self/smaps_rollup");
  private static final Path MAPS = Path.of("/proc/self/smaps");

  private Memory() {}

  /** All of it, code and heap included. */
  static long resident() {
    return kilobytes(lines(ROLLUP), "Rss:") * 1024;
  }

  /**
   * What the system says of a process, in bytes.
   *
   * @param peak the most that was resident at a time
   * @param anonymous resident, its own
   * @param file resident, of mapped files: shared, and taken back when memory runs short
   */
  record Status(long peak, long anonymous, long file) {
    static Status of(long pid) {
      List<String> lines = lines(Path.of("/proc", String.valueOf(pid), "status"));
      return new Status(
          kilobytes(lines, "VmHWM:") * 1024,
          kilobytes(lines, "RssAnon:") * 1024,
          kilobytes(lines, "RssFile:") * 1024);
    }

    long resident() {
      return anonymous + file;
    }
  }

  /** The pages of one mapped file. */
  static long resident(Path file) {
    long sum = 0;
    boolean inside = false;
    for (String line : lines(MAPS)) {
      if (!line.isEmpty() && Character.digit(line.charAt(0), 16) >= 0 && line.contains("-")) {
        inside = line.endsWith(file.toString());
      } else if (inside && line.startsWith("Rss:")) {
        sum += kilobytes(List.of(line), "Rss:") * 1024;
      }
    }
    return sum;
  }

  private static long kilobytes(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + key + " in what the system says"));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException("resident memory is read from Linux's " + file, e);
    }
  }

  /** The largest {@link #resident(Path)} seen, looked up every few milliseconds while open. */
  static final class Peak implements AutoCloseable {
    private static final long BETWEEN_LOOKS_MILLIS = 4;

    private final AtomicLong largest = new AtomicLong();
    private final AtomicBoolean done = new AtomicBoolean();
    private final Thread watcher;

    Peak(Path file) {
      watcher = Thread.ofPlatform().daemon().start(() -> watch(file));
    }

    private void watch(Path file) {
      try {
        while (!done.get()) {
          largest.accumulateAndGet(resident(file), Math::max);
          Thread.sleep(BETWEEN_LOOKS_MILLIS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    long bytes() {
      return largest.get();
    }

    @Override
    public void close() {
      done.set(true);
      watcher.interrupt();
    }
  }
}
