package deepseek.serve.http;

import deepseek.serve.ServeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The keys that open the server. Kept and compared as SHA-256, each with every known key, so that
 * the time it takes says nothing about them.
 */
public final class ApiKeys {
  /** Whom a request is counted for where no key is asked for. */
  public static final String ANYONE = "anyone";

  private static final int SHORTEST = 8;

  private final List<byte[]> hashes;

  private ApiKeys(List<String> keys) {
    this.hashes = keys.stream().map(ApiKeys::hash).toList();
  }

  /** No keys: the server is open to whoever reaches it. */
  public static ApiKeys none() {
    return new ApiKeys(List.of());
  }

  /** These keys. */
  public static ApiKeys of(List<String> keys) {
    for (String key : keys) {
      if (key.length() < SHORTEST || key.chars().anyMatch(c -> c <= ' ' || c > '~')) {
        throw new ServeException(
            "set the API keys",
            "at least " + SHORTEST + " visible ASCII characters in each",
            "one of " + key.length() + " characters that is not",
            "choose longer ones, e.g. with openssl rand -hex 24");
      }
    }
    return new ApiKeys(keys);
  }

  /** The keys in a file, one a line; empty lines and those that begin with # don't count. */
  public static ApiKeys read(Path file) {
    String operation = "read the API keys in " + file;
    List<String> keys = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        if (!line.isBlank() && !line.startsWith("#")) {
          keys.add(line.strip());
        }
      }
    } catch (IOException e) {
      throw new ServeException(
          operation, "a readable file", e.toString(), "check the path and its rights", e);
    }
    if (keys.isEmpty()) {
      throw new ServeException(operation, "at least one key", "none", "write one on a line");
    }
    return of(keys);
  }

  /** Whether requests need a key. */
  public boolean areNeeded() {
    return !hashes.isEmpty();
  }

  /**
   * The short name of a known key, for logs and limits: the beginning of its hash. Empty for an
   * unknown one.
   */
  public Optional<String> name(String key) {
    byte[] given = hash(key);
    boolean known = false;
    for (byte[] hash : hashes) {
      known |= MessageDigest.isEqual(hash, given);
    }
    return known ? Optional.of(HexFormat.of().formatHex(given, 0, 4)) : Optional.empty();
  }

  private static byte[] hash(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
