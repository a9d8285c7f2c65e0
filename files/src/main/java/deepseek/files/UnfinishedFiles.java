package deepseek.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Files that this process is still writing under another name: they go with it when it is
 * interrupted, since nobody would look for them. What is killed outright leaves its own.
 */
public final class UnfinishedFiles {
  private static final Set<Path> FILES = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(UnfinishedFiles::deleteAll));
  }

  private UnfinishedFiles() {}

  /** To be called before the file is there. */
  public static void begun(Path file) {
    FILES.add(file);
  }

  /** The file has its final name, or is gone. */
  public static void ended(Path file) {
    FILES.remove(file);
  }

  private static void deleteAll() {
    for (Path file : FILES) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The process ends, and a later one sweeps up.
      }
    }
  }
}
