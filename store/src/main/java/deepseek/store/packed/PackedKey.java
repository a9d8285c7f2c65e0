package deepseek.store.packed;

import deepseek.compute.PackedLayout;
import deepseek.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What packed weights were made from, and how: a file with another key is stale.
 *
 * <p>Of each file that goes in: its name, size, time of writing and, where the system has one, of
 * the inode's change, which no program can set; and a hash of its beginning, its end, and samples
 * between. Reading all of it would take as long as packing it.
 *
 * @param text 64 hexadecimal digits
 */
public record PackedKey(String text) {
  private static final int ENDS = 1 << 16;
  private static final int SAMPLE = 1 << 12;
  private static final int SAMPLES = 16;

  /**
   * @param files that the weights come from, and what says how they are read
   * @param way how they are turned into packed ones, apart from the packer's own code
   * @throws StoreException if a file can't be read
   */
  public static PackedKey of(List<Path> files, String way) {
    Digest digest = new Digest().add(PackedLayout.packingSource()).add(way);
    for (Path file : files) {
      try {
        addFile(digest, file);
      } catch (IOException e) {
        throw new StoreException(
            "look at " + file,
            "a readable file",
            e.getClass().getSimpleName() + ": " + e.getMessage(),
            "check that it is still there",
            e);
      }
    }
    return new PackedKey(digest.hex());
  }

  private static void addFile(Digest digest, Path file) throws IOException {
    digest.add(file.getFileName() + " " + Files.getLastModifiedTime(file));
    if (file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      digest.add(String.valueOf(Files.getAttribute(file, "unix:ctime")));
    }
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      digest.add(String.valueOf(size));
      add(digest, channel, 0, ENDS);
      for (int i = 1; i <= SAMPLES; i++) {
        add(digest, channel, size / (SAMPLES + 1) * i, SAMPLE);
      }
      add(digest, channel, Math.max(0, size - ENDS), ENDS);
    }
  }

  private static void add(Digest digest, FileChannel channel, long at, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) > 0) {}
    bytes.flip();
    byte[] read = new byte[bytes.remaining()];
    bytes.get(read);
    digest.add(read);
  }
}
