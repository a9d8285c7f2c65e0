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
 * Writes a file so that a reader sees the old one or the whole new one: temporary file in the same
 * folder, fsync, rename. A failure leaves no trace, nor does a process that is interrupted.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** Fills the temporary file. */
  @FunctionalInterface
  public interface Content {
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
        // Not Files.createTempFile: that makes it unreadable for everyone but the owner.
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

  /** Puts a finished file in another's place, in one step where the file system has one. */
  public static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
