package deepseek.serve.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A reply that is sent in pieces. While there is nothing to send, {@link #keepAlive} sends what the
 * client skips: proxies keep the connection, and a client that has gone is noticed.
 */
public final class ReplyStream {
  /** What it is made of. */
  public enum Kind {
    /** One JSON value; blanks may come before it. */
    JSON("application/json", " "),
    /** Server-sent events. */
    EVENTS("text/event-stream", ": keep-alive\n\n"),
    /** A JSON value on each line; blanks may come before it. */
    LINES("application/x-ndjson", " ");

    private final String mediaType;
    private final String filler;

    Kind(String mediaType, String filler) {
      this.mediaType = mediaType;
      this.filler = filler;
    }
  }

  private final Kind kind;
  private final OutputStream out;
  private long lastSent = System.nanoTime();

  ReplyStream(ServerResponse response, Kind kind) {
    this.kind = kind;
    response.header(HeaderNames.CONTENT_TYPE, kind.mediaType);
    response.header(HeaderNames.CACHE_CONTROL, "no-cache");
    response.header("X-Accel-Buffering", "no"); // nginx
    this.out = response.outputStream();
  }

  /** Sends an event without a name, or a line. */
  public void send(JsonNode json) {
    switch (kind) {
      case JSON -> write(json.toString());
      case EVENTS -> write("data: " + json + "\n\n");
      case LINES -> write(json + "\n");
    }
  }

  /** Sends an event with a name. */
  public void send(String event, JsonNode json) {
    write("event: " + event + "\ndata: " + json + "\n\n");
  }

  /** Sends the event after which OpenAI's clients stop reading. */
  public void sendDone() {
    write("data: [DONE]\n\n");
  }

  /** Sends something that the client skips. */
  public void keepAlive() {
    write(kind.filler);
  }

  Kind kind() {
    return kind;
  }

  /** When something was sent last, by {@link System#nanoTime}. */
  long lastSent() {
    return lastSent;
  }

  private void write(String text) {
    lastSent = System.nanoTime();
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException | UncheckedIOException | ServerConnectionException e) {
      throw new ClientGone(e);
    }
  }

  void close() {
    try {
      out.close();
    } catch (IOException | UncheckedIOException | ServerConnectionException e) {
      throw new ClientGone(e);
    }
  }
}
