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
 * Decides whether code on disk may be run: only this process's user and the system's owner can
 * write to it, and it matches a recorded hash.
 *
 * <p>On systems without POSIX owners and permissions every location is trusted.
 */
public final class TrustedFile {
  private static final int PART = 1 << 16;
  private static final int ROOT = 0;
  private static final int GROUP_OR_OTHERS_WRITE = 0022;

  /** The owner of a file or folder. */
  public enum Owner {
    SELF,
    SYSTEM,
    OTHER
  }

  private static final class Self {
    static final int UID = effectiveUser();
  }

  private TrustedFile() {}

  /** Not tested by a chmod that succeeds, because for root every chmod does. */
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

  /** The owner of a file or folder; links are followed unless {@code links} says otherwise. */
  public static Owner owner(Path path, LinkOption... links) throws IOException {
    if (!isPosix(path)) {
      return Owner.SELF;
    }
    int uid = (int) Files.getAttribute(path, "unix:uid", links);
    return uid == Self.UID ? Owner.SELF : uid == ROOT ? Owner.SYSTEM : Owner.OTHER;
  }

  /** Whether anyone but its owner may write to a file or folder. */
  public static boolean isOpen(Path path, LinkOption... links) throws IOException {
    return isPosix(path)
        && ((int) Files.getAttribute(path, "unix:mode", links) & GROUP_OR_OTHERS_WRITE) != 0;
  }

  /** Restricts access to a file or folder to its owner. */
  public static void closeToOthers(Path path) throws IOException {
    if (isPosix(path)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  /**
   * The content of a file that this user or the system owns, that no one else can write to, and
   * that has this {@link #sum}; empty for any other file, or if it is missing.
   */
  public static Optional<byte[]> content(Path file, String sum) throws IOException {
    if (!isTrusted(file)) {
      return Optional.empty();
    }
    byte[] content = Files.readAllBytes(file);
    return sum(content).equals(sum) ? Optional.of(content) : Optional.empty();
  }

  /** Whether {@link #content} would be present, for files too large to read into memory. */
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

  /** Whether a file exists, is not a link, and only this user or the system can have made it. */
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
