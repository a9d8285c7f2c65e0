package deepseek.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file atomically, so that a reader sees either the old file or the complete new one:
 * temporary file in the same folder, fsync, rename. The temporary file is removed after a failure,
 * and when the process is interrupted.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** The content of a file. */
  @FunctionalInterface
  public interface Content {
    /** Writes the content to the empty temporary file. */
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Replaces or creates {@code target}.
   *
   * @throws DataException if the folder can't be made or written, or the disk is full
   */
  public static void write(Path target, Content content) {
    Path absolute = target.toAbsolutePath();
    try {
      Path folder = absolute.getParent();
      if (folder == null) {
        throw new IOException("it is a root folder");
      }
      Files.createDirectories(folder);
      Path temporary = folder.resolve("." + absolute.getFileName() + "." + UUID.randomUUID());
      UnfinishedFiles.begun(temporary);
      try {
        // Not Files.createTempFile, which makes files that only the owner can read.
        try (FileChannel channel =
            FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          content.writeTo(channel);
          channel.force(true);
        }
        move(temporary, absolute);
      } finally {
        Files.deleteIfExists(temporary);
        UnfinishedFiles.ended(temporary);
      }
    } catch (IOException e) {
      throw DataException.ofFile(
          "write " + target,
          "a folder with room that you may write to",
          "free disk space or choose another folder",
          e);
    }
  }

  /** Moves a finished file over another, atomically if the file system supports it. */
  public static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
