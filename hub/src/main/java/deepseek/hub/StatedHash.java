package deepseek.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** A hash that a server states for a file: the content's SHA-256, or git's SHA-1. */
record StatedHash(String hex, Kind kind) {
  static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");

  /** Large files have a SHA-256, small ones git's SHA-1. */
  enum Kind {
    SHA256,
    GIT_BLOB
  }

  static StatedHash sha256(String hex) {
    return new StatedHash(hex, Kind.SHA256);
  }

  /** Git's hash; empty if the text isn't one. */
  static Optional<StatedHash> ofBlobId(String text) {
    return SHA1.matcher(text).matches()
        ? Optional.of(new StatedHash(text, Kind.GIT_BLOB))
        : Optional.empty();
  }

  /** The hash in an ETag; empty if it is no hash. */
  static Optional<StatedHash> ofEtag(String etag) {
    return SHA256.matcher(etag).matches() ? Optional.of(sha256(etag)) : ofBlobId(etag);
  }

  /** Computes this kind of hash of a file. */
  String of(Path file) throws IOException {
    ContentHash hash =
        switch (kind) {
          case SHA256 -> ContentHash.sha256();
          case GIT_BLOB -> ContentHash.gitBlob(Files.size(file));
        };
    hash.update(file);
    return hash.hex();
  }
}
