package deepseek.serve.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.serve.ServeException;
import java.io.Flushable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/** Writes a line of JSON for each request; of texts only their lengths, unless told otherwise. */
public final class AccessLog {
  private static final System.Logger LOG = System.getLogger(AccessLog.class.getName());
  private static final double NANOS_PER_MS = 1e6;

  /** Whether the log may hold what people write. */
  public enum Texts {
    /** Lengths only. */
    LEFT_OUT,
    /** The prompts too. */
    LOGGED
  }

  private final Appendable out;
  private final Texts texts;

  /** Writes to {@code out}, which stays the caller's. */
  public AccessLog(Appendable out, Texts texts) {
    this.out = out;
    this.texts = texts;
  }

  /** Adds lines to a file. */
  public static AccessLog to(Path file, Texts texts) {
    try {
      Writer writer =
          Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return new AccessLog(writer, texts);
    } catch (IOException e) {
      throw new ServeException(
          "open the access log " + file,
          "a file that can be written",
          e.toString(),
          "check the path and its rights",
          e);
    }
  }

  /** Writes nothing. */
  public static AccessLog silent() {
    return new AccessLog(Writer.nullWriter(), Texts.LEFT_OUT);
  }

  /** Writes the line of a request that has been answered. */
  public void write(Exchange exchange) {
    String line = line(exchange) + "\n";
    synchronized (out) {
      try {
        out.append(line);
        if (out instanceof Flushable buffered) {
          buffered.flush();
        }
      } catch (IOException | UncheckedIOException e) {
        LOG.log(System.Logger.Level.WARNING, "write the access log: {0}", e);
      }
    }
  }

  private ObjectNode line(Exchange exchange) {
    Account account = exchange.account();
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("time", Instant.now().toString())
        .put("request", exchange.id())
        .put("client", exchange.client())
        .put("remote", exchange.remote())
        .put("route", exchange.route())
        .put("status", exchange.status())
        .put("ms", millis(System.nanoTime() - exchange.startNanos()));
    exchange.header("traceparent").ifPresent(value -> line.put("traceparent", value));
    account.model().ifPresent(value -> line.put("model", value));
    if (account.promptTokens() > 0) {
      line.put("prompt_tokens", account.promptTokens()).put("new_tokens", account.newTokens());
    }
    if (account.firstTokenNanos() > 0) {
      line.put("first_token_ms", millis(account.firstTokenNanos()));
    }
    account.finish().ifPresent(value -> line.put("finish", value));
    account.error().ifPresent(value -> line.put("error", value));
    if (texts == Texts.LOGGED) {
      account.prompt().ifPresent(value -> line.put("prompt", value));
    }
    return line;
  }

  private static double millis(long nanos) {
    return Math.round(nanos / NANOS_PER_MS * 10) / 10.0;
  }
}
