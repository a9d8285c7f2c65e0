package deepseek.kernel.runtime;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Whether code that was put on disk may be run: it lies where nobody but this process's user and
 * the system's owner can write, and is what was noted down.
 *
 * <p>On systems without POSIX's owners and permissions every place is trusted.
 */
public final class TrustedFile {
  private static final int PART = 1 << 16;
  private static final int ROOT = 0;
  private static final int GROUP_OR_OTHERS_WRITE = 0022;

  /** Whose a file or folder is. */
  public enum Owner {
    SELF,
    SYSTEM,
    OTHER
  }

  private static final class Self {
    static final int UID = effectiveUser();
  }

  private TrustedFile() {}

  /** Not by a chmod that succeeds: for root each of them does. */
  private static int effectiveUser() {
    Linker linker = Linker.nativeLinker();
    try {
      return (int)
          linker
              .downcallHandle(
                  linker.defaultLookup().findOrThrow("geteuid"), FunctionDescriptor.of(JAVA_INT))
              .invokeExact();
    } catch (Throwable e) {
      throw new LinkageError("geteuid could not be called", e);
    }
  }

  /** Whose a file or folder is; links are followed unless {@code links} says not to. */
  public static Owner owner(Path path, LinkOption... links) throws IOException {
    if (!isPosix(path)) {
      return Owner.SELF;
    }
    int uid = (int) Files.getAttribute(path, "unix:uid", links);
    return uid == Self.UID ? Owner.SELF : uid == ROOT ? Owner.SYSTEM : Owner.OTHER;
  }

  /** Whether others than its owner may write to a file or folder. */
  public static boolean isOpen(Path path, LinkOption... links) throws IOException {
    return isPosix(path)
        && ((int) Files.getAttribute(path, "unix:mode", links) & GROUP_OR_OTHERS_WRITE) != 0;
  }

  /** Leaves a file or folder to its owner alone. */
  public static void closeToOthers(Path path) throws IOException {
    if (isPosix(path)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  /**
   * The content of a file that is this user's or the system's, that others can't write to, and that
   * has this {@link #sum}; empty for any other, and where there is none.
   */
  public static Optional<byte[]> content(Path file, String sum) throws IOException {
    if (!isTrusted(file)) {
      return Optional.empty();
    }
    byte[] content = Files.readAllBytes(file);
    return sum(content).equals(sum) ? Optional.of(content) : Optional.empty();
  }

  /** Whether {@link #content} would be there, for files that are too large to be kept for it. */
  public static boolean has(Path file, String sum) throws IOException {
    if (!isTrusted(file)) {
      return false;
    }
    MessageDigest digest = sha256();
    ByteBuffer part = ByteBuffer.allocate(PART);
    try (FileChannel in = FileChannel.open(file)) {
      while (in.read(part.clear()) > 0) {
        digest.update(part.flip());
      }
    }
    return HexFormat.of().formatHex(digest.digest()).equals(sum);
  }

  /** Whether a file is there, no link, and nobody but this user and the system can have made it. */
  public static boolean isTrusted(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && owner(file, LinkOption.NOFOLLOW_LINKS) != Owner.OTHER
        && !isOpen(file, LinkOption.NOFOLLOW_LINKS);
  }

  /** SHA-256, in hexadecimal digits. */
  public static String sum(byte[] content) {
    return HexFormat.of().formatHex(sha256().digest(content));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
