package deepseek.serve.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One request and its reply, with what the log says about them. */
public final class Exchange {
  private final ServerRequest request;
  private final ServerResponse response;
  private final ErrorShape errors;
  private final Bodies bodies;
  private final String id;
  private final long startNanos = System.nanoTime();
  private final Account account = new Account();
  private final String remote;
  private @Nullable ReplyStream stream;
  private @Nullable Runnable onCancel;
  private boolean isCancelled;
  private String client = ApiKeys.ANYONE;
  private String challenge = "Bearer";

  Exchange(
      ServerRequest request, ServerResponse response, ErrorShape errors, Bodies bodies, String id) {
    this.request = request;
    this.response = response;
    this.errors = errors;
    this.bodies = bodies;
    this.id = id;
    this.remote = request.remotePeer().host(); // unknown once the connection is closed
  }

  /** The request's own name, which the reply's {@code X-Request-Id} repeats. */
  public String id() {
    return id;
  }

  /** Whose request it is: the short name of a key. */
  public String client() {
    return client;
  }

  void setClient(String name) {
    client = name;
  }

  /** How a client without a key is asked for one. */
  void setChallenge(String value) {
    challenge = value;
  }

  /** When it came, by {@link System#nanoTime}. */
  public long startNanos() {
    return startNanos;
  }

  /** What the log says about it. */
  public Account account() {
    return account;
  }

  /** The fields of the body, which must be a JSON object. */
  public Fields body() {
    return Fields.of(bodies.read(request.content().inputStream()));
  }

  /** The part of the path that the route calls {@code name}. */
  public String pathPart(String name) {
    return request.path().pathParameters().get(name);
  }

  /** The value of a header. */
  public Optional<String> header(String name) {
    return request.headers().first(HeaderNames.create(name));
  }

  /** The method and path, such as {@code GET /v1/models}. */
  public String route() {
    return request.prologue().method().text() + " " + path();
  }

  /** The path without its query. */
  public String path() {
    return request.path().path();
  }

  String remote() {
    return remote;
  }

  /** The reply's status. */
  public int status() {
    return response.status().code();
  }

  /** Replies with JSON, after the blanks that may have kept the client waiting. */
  public void reply(JsonNode json) {
    ReplyStream open = stream;
    if (open != null) {
      open.send(json);
    } else {
      reply(200, "application/json", json.toString());
    }
  }

  /** Replies with a text. */
  public void reply(int status, String mediaType, String text) {
    response.status(Status.create(status));
    response.header(HeaderNames.CONTENT_TYPE, mediaType);
    try {
      response.send(text.getBytes(StandardCharsets.UTF_8));
    } catch (ServerConnectionException | UncheckedIOException e) {
      throw new ClientGone(e);
    }
  }

  /** Sends the client to another path of this server. */
  public void redirect(String path) {
    response.header(HeaderNames.LOCATION, path);
    reply(302, "text/plain", "");
  }

  /** Adds a header to the reply that is to come. */
  public void answerHeader(String name, String value) {
    response.header(name, value);
  }

  /** What to do when the server can't wait for the answer any longer; at once, if that is so. */
  public void onCancel(Runnable action) {
    boolean isNow;
    synchronized (this) {
      onCancel = action;
      isNow = isCancelled;
    }
    if (isNow) {
      action.run();
    }
  }

  void cancel() {
    Runnable action;
    synchronized (this) {
      isCancelled = true;
      action = onCancel;
    }
    if (action != null) {
      action.run();
    }
  }

  /** Begins a reply in pieces. */
  public ReplyStream stream(ReplyStream.Kind kind) {
    ReplyStream open = new ReplyStream(response, kind);
    stream = open;
    return open;
  }

  /**
   * Tells a client that has got nothing for this long that the server is still at it. Where the
   * reply hasn't begun it begins with this, so that an error can only be told in its body from here
   * on, which is then broken off: the status says that all is well.
   */
  public void keepAlive(long nanos) {
    ReplyStream open = stream;
    long quietSince = open == null ? startNanos : open.lastSent();
    if (System.nanoTime() - quietSince >= nanos) {
      (open == null ? stream(ReplyStream.Kind.JSON) : open).keepAlive();
    }
  }

  void fail(ApiException e) {
    account.failed(e);
    ReplyStream open = stream;
    if (open != null) {
      open.send(errors.of(e));
      return;
    }
    e.retryAfter().ifPresent(seconds -> response.header(HeaderNames.RETRY_AFTER, seconds + ""));
    if (e.kind() == ApiException.Kind.UNAUTHENTICATED) {
      response.header("WWW-Authenticate", challenge);
    }
    if (e.kind() == ApiException.Kind.TOO_LARGE) {
      response.header(HeaderNames.CONNECTION, "close"); // the rest of the body is not wanted
    }
    reply(e.kind().status(), "application/json", errors.of(e).toString());
  }

  /** Ends the reply; one that has an error under a status of success is broken off. */
  void finish() {
    ReplyStream open = stream;
    if (open != null && open.kind() == ReplyStream.Kind.JSON && account.error().isPresent()) {
      throw new CloseConnectionException("an error after the reply had begun");
    }
    if (open != null) {
      open.close();
    }
  }
}
