package deepseek.hub;

import deepseek.files.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The content of an archive's entry, checked at its end against the size and the checksum that the
 * archive states, which {@link ZipFile} doesn't do. A mismatch, or data that can't be inflated,
 * makes reading fail with a {@link DataException}.
 */
final class CheckedEntry extends InputStream {
  private final Path path;
  private final ZipEntry entry;
  private final InputStream in;
  private final CRC32 sum = new CRC32();
  private long length;

  private CheckedEntry(Path path, ZipEntry entry, InputStream in) {
    this.path = path;
    this.entry = entry;
    this.in = in;
  }

  static CheckedEntry open(Path path, ZipFile zip, ZipEntry entry) {
    try {
      return new CheckedEntry(path, entry, zip.getInputStream(entry));
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(path, entry, e);
    }
  }

  @Override
  public int read(byte[] bytes, int offset, int count) {
    int n;
    try {
      n = in.read(bytes, offset, count);
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(path, entry, e);
    }
    if (n > 0) {
      length += n;
      sum.update(bytes, offset, n);
      requireNoLonger();
    } else if (n < 0) {
      requireWhole();
    }
    return n;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  private void requireNoLonger() {
    if (length > entry.getSize()) {
      throw wrong(entry.getSize() + " bytes", "more");
    }
  }

  private void requireWhole() {
    if (length != entry.getSize()) {
      throw wrong(entry.getSize() + " bytes", Long.toString(length));
    }
    if (sum.getValue() != entry.getCrc()) {
      throw wrong("the CRC-32 %08x".formatted(entry.getCrc()), "%08x".formatted(sum.getValue()));
    }
  }

  private DataException wrong(String expected, String got) {
    return PackageArchive.damaged(path, expected + " in " + entry.getName(), got, null);
  }

  private static DataException unreadable(Path path, ZipEntry entry, Exception e) {
    return PackageArchive.damaged(path, "a readable " + entry.getName(), e.toString(), e);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
