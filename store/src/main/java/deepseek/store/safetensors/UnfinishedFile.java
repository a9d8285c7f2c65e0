package deepseek.store.safetensors;

import deepseek.files.AtomicFile;
import deepseek.files.ProcessLock;
import deepseek.files.UnfinishedFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A file that is being written under a temporary name, {@code .TARGET.BOOT.ID.unfinished}. It is
 * locked meanwhile, which distinguishes it from one left by a killed process.
 *
 * <p>BOOT is the running system's boot id. On network file systems locks may only be visible on one
 * host, so files of another system are deleted after a day, as are those that could not be locked:
 * {@code .TARGET.ID.unfinished}. Containers share the boot id and the locks of their host.
 */
public final class UnfinishedFile implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(UnfinishedFile.class.getName());
  private static final String SUFFIX = ".unfinished";
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final int BOOT_LENGTH = 13; // two parts of a UUID
  private static final long ABANDONED_MILLIS = 24 * 3600 * 1000L;

  private final Path target;
  private Path path;
  private @Nullable ProcessLock lock;

  private UnfinishedFile(Path target, Path path) {
    this.target = target;
    this.path = path;
  }

  /** Creates an empty one next to its target. */
  static UnfinishedFile create(Path target) throws IOException {
    String id = UUID.randomUUID() + SUFFIX;
    UnfinishedFile file = new UnfinishedFile(target, sibling(target, id));
    UnfinishedFiles.begun(file.path);
    try {
      Files.createFile(file.path);
      Optional<String> boot = boot();
      if (boot.isPresent()) {
        file.lock(sibling(target, boot.get() + "." + id));
      }
      return file;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private static Path sibling(Path target, String end) {
    return target.resolveSibling("." + name(target) + "." + end);
  }

  /** Acquires the lock before renaming it to the name that other processes try to lock. */
  private void lock(Path locked) throws IOException {
    Optional<ProcessLock> held = ProcessLock.tryExisting(path);
    if (held.isPresent()) {
      lock = held.get();
      Path before = path;
      UnfinishedFiles.begun(locked);
      Files.move(before, locked);
      path = locked;
      UnfinishedFiles.ended(before);
    }
  }

  /** The boot id; empty if the system has none. */
  private static Optional<String> boot() {
    try {
      String id = Files.readString(BOOT_ID).strip();
      return id.length() < BOOT_LENGTH
          ? Optional.empty()
          : Optional.of(id.substring(0, BOOT_LENGTH));
    } catch (IOException e) {
      return Optional.empty(); // not Linux
    }
  }

  Path path() {
    return path;
  }

  /** Renames it to its target. */
  void finish() throws IOException {
    AtomicFile.move(path, target);
    UnfinishedFiles.ended(path);
    release();
  }

  private void release() {
    ProcessLock held = lock;
    lock = null; // its descriptor may be reused for another file
    if (held != null) {
      held.close();
    }
  }

  /** Deletes it unless it is finished. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(path);
      UnfinishedFiles.ended(path);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a later process deletes {0}: {1}", path, e);
    } finally {
      release();
    }
  }

  /**
   * Deletes files left by killed processes.
   *
   * @param begin the prefix of the targets' names
   */
  public static void sweep(Path folder, String begin) throws IOException {
    Optional<String> boot = boot();
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(folder, file -> isUnfinished(file, begin))) {
      for (Path file : left) {
        try {
          if (boot.filter(number -> name(file).contains("." + number + ".")).isPresent()) {
            deleteUnlocked(file);
          } else if (Files.getLastModifiedTime(file).toMillis()
              < System.currentTimeMillis() - ABANDONED_MILLIS) {
            Files.deleteIfExists(file);
          }
        } catch (IOException e) { // already deleted, or another user's
          LOG.log(System.Logger.Level.DEBUG, "{0} stays: {1}", file, e);
        }
      }
    }
  }

  private static boolean isUnfinished(Path file, String begin) {
    return name(file).startsWith("." + begin) && name(file).endsWith(SUFFIX);
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static void deleteUnlocked(Path file) throws IOException {
    Optional<ProcessLock> lock = ProcessLock.tryExisting(file);
    if (lock.isPresent()) {
      try {
        Files.deleteIfExists(file);
      } finally {
        lock.get().close();
      }
    }
  }
}
