package deepseek.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Temporary files that this process is still writing. They are deleted when it is interrupted, but
 * not when it is killed.
 */
public final class UnfinishedFiles {
  private static final Set<Path> FILES = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(UnfinishedFiles::deleteAll));
  }

  private UnfinishedFiles() {}

  /** Registers a file; must be called before it is created. */
  public static void begun(Path file) {
    FILES.add(file);
  }

  /** Unregisters a file that was renamed or deleted. */
  public static void ended(Path file) {
    FILES.remove(file);
  }

  private static void deleteAll() {
    for (Path file : FILES) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The process ends, and a later one cleans up.
      }
    }
  }
}
