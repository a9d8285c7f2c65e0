package deepseek.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;

/**
 * Mutual exclusion between threads and processes by an exclusive lock on a file: the same lock that
 * huggingface_hub takes ({@code flock} on POSIX, a byte-range lock on Windows), so that its
 * downloads and ours exclude each other too. The file stays when the lock is released.
 */
public interface ProcessLock extends AutoCloseable {
  int POLL_MILLIS = 100;
  int REPORT_EVERY = 20;

  @Override
  void close();

  /** Waits for the lock, calling {@code waiting} at intervals meanwhile. */
  static ProcessLock acquire(Path file, String what, Runnable waiting) {
    try {
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      for (int tries = 0; ; tries++) {
        Optional<ProcessLock> lock = tryAcquire(file);
        if (lock.isPresent()) {
          return lock.get();
        }
        if (tries % REPORT_EVERY == 0) {
          waiting.run();
        }
        Thread.sleep(POLL_MILLIS);
      }
    } catch (IOException e) {
      throw new DataException(
          "lock " + what,
          "a writable cache folder",
          e.toString(),
          "check the rights of " + file,
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataException(
          "lock " + what, "the other download to end", "an interrupt", "try again", e);
    }
  }

  /** The lock, unless it is held by another. */
  static Optional<ProcessLock> tryAcquire(Path file) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    return Flock.isAvailable() ? Flock.tryAcquire(file) : tryChannel(file);
  }

  /**
   * The lock on an existing file; empty if it is held by another, or if the system or the file
   * system doesn't support such locks.
   */
  static Optional<ProcessLock> tryExisting(Path file) throws IOException {
    return Flock.isAvailable() ? Flock.tryExisting(file) : Optional.empty();
  }

  private static Optional<ProcessLock> tryChannel(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(() -> closeQuietly(channel));
      }
    } catch (OverlappingFileLockException e) {
      // Another thread of this process holds it.
    }
    channel.close();
    return Optional.empty();
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // The lock is released at the end of the process at the latest.
    }
  }
}
