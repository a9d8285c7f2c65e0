package deepseek.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** An incremental hash: SHA-2, or git's SHA-1 of a blob. */
final class ContentHash {
  private static final int BUFFER = 1 << 20;

  private final MessageDigest digest;

  private ContentHash(String algorithm) {
    try {
      digest = MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has " + algorithm, e);
    }
  }

  static ContentHash sha256() {
    return new ContentHash("SHA-256");
  }

  /** One of Java's algorithms, by its name. */
  static ContentHash of(String algorithm) {
    return new ContentHash(algorithm);
  }

  /** {@code sha1("blob " + size + NUL + content)}. */
  static ContentHash gitBlob(long size) {
    ContentHash hash = new ContentHash("SHA-1");
    hash.digest.update(("blob " + size + "\0").getBytes(StandardCharsets.UTF_8));
    return hash;
  }

  /** Bytes of the finished hash. */
  int length() {
    return digest.getDigestLength();
  }

  void update(byte[] bytes, int length) {
    digest.update(bytes, 0, length);
  }

  void update(Path file) throws IOException {
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        update(buffer, n);
      }
    }
  }

  /** The hash in lower-case hexadecimal digits; resets this object. */
  String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
