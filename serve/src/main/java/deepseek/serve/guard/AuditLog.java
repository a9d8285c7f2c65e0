package deepseek.serve.guard;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import deepseek.serve.ServeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;

/**
 * A file of decisions, a line of JSON each, to which lines are only added. Of texts it holds the
 * SHA-256, by which a text that is known can be recognised.
 */
public final class AuditLog implements AutoCloseable {
  private final FileChannel file;
  private final String operation;

  /** Opens the file, or makes it. */
  public AuditLog(Path path) {
    this.operation = "write the audit log " + path;
    try {
      this.file =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /**
   * One decision.
   *
   * @param objection why the text was refused
   */
  public record Entry(
      String request,
      String client,
      Guard.Direction direction,
      String guard,
      String objection,
      String text) {}

  /**
   * Adds a decision; on the disk when this returns.
   *
   * @throws ServeException where that fails: what can't be logged must not go on
   */
  synchronized void add(Entry entry) {
    String line =
        JsonNodeFactory.instance
                .objectNode()
                .put("time", Instant.now().toString())
                .put("request", entry.request())
                .put("client", entry.client())
                .put("direction", entry.direction() == Guard.Direction.INPUT ? "input" : "output")
                .put("guard", entry.guard())
                .put("objection", entry.objection())
                .put("length", entry.text().length())
                .put("sha256", sha256(entry.text()))
            + "\n";
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    try {
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(false);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private ServeException failed(IOException e) {
    return new ServeException(
        operation, "a file that can be written", e.toString(), "check path, rights and disk", e);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw failed(e);
    }
  }
}
