package deepseek.serve.http;

import deepseek.DeepseekException;
import deepseek.compute.ComputeException;
import deepseek.models.generate.EngineBusyException;
import deepseek.serve.ServeException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Through which every request goes: it gets a name, is held against keys and limits, and is logged;
 * what goes wrong on the way is put into the words of its API.
 */
public final class Gate {
  private static final System.Logger LOG = System.getLogger(Gate.class.getName());
  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
  private static final Pattern TRACE =
      Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");
  private static final String ID_HEADER = "X-Request-Id";
  private static final int RETRY_SECONDS = 1;

  /** What answers requests. */
  @FunctionalInterface
  public interface Endpoint {
    /** Replies to one request, or throws. */
    void answer(Exchange exchange);
  }

  /** Who may come in. */
  public enum Door {
    /** Whoever has a key, if the server has keys; by the rate limit, and not while it closes. */
    KEY,
    /** The same, for pages that look at the server: at any time, uncounted and unlogged. */
    WATCH,
    /** Everybody, at any time. */
    OPEN
  }

  private final ApiKeys keys;
  private final Optional<RateLimit> rate;
  private final Pages pages;
  private final Bodies bodies;
  private final Consumer<Exchange> log;
  private final InFlight inFlight;

  /**
   * @param log hears of each request once it has been answered
   */
  public Gate(
      ApiKeys keys,
      Optional<RateLimit> rate,
      Pages pages,
      Bodies bodies,
      Consumer<Exchange> log,
      InFlight inFlight) {
    this.keys = keys;
    this.rate = rate;
    this.pages = pages;
    this.bodies = bodies;
    this.log = log;
    this.inFlight = inFlight;
  }

  /** A route behind this gate. */
  public Handler route(Door door, ErrorShape errors, Endpoint endpoint) {
    return (request, response) -> {
      Exchange exchange = new Exchange(request, response, errors, bodies, idOf(request));
      boolean isCounted = door == Door.KEY && inFlight.enter(exchange);
      try {
        decorate(exchange, request, response);
        answer(exchange, request, door, isCounted, endpoint);
      } finally {
        if (isCounted) {
          inFlight.leave(exchange);
        }
        if (door != Door.WATCH) {
          log.accept(exchange);
        }
      }
    };
  }

  private void answer(
      Exchange exchange, ServerRequest request, Door door, boolean isCounted, Endpoint endpoint) {
    try {
      try {
        if (door == Door.WATCH) {
          // A browser then asks its user, and sends what it is told with all that the page does.
          exchange.setChallenge("Basic realm=\"deepseek\", charset=\"UTF-8\"");
        }
        if (door != Door.OPEN) {
          pages.admit(request);
          exchange.setClient(client(exchange));
        }
        if (door == Door.KEY) {
          admit(exchange, isCounted);
        }
        endpoint.answer(exchange);
      } catch (ClientGone e) {
        throw e;
      } catch (RuntimeException e) {
        exchange.fail(told(e, exchange));
      }
      exchange.finish();
    } catch (ClientGone e) {
      exchange.account().abandoned();
      throw new CloseConnectionException("the client has gone", e);
    }
  }

  private void admit(Exchange exchange, boolean isCounted) {
    if (!isCounted) {
      throw ApiException.of(
              ApiException.Kind.UNAVAILABLE,
              "answer the request",
              "a server that is open",
              "one that is closing",
              "try again, perhaps elsewhere")
          .withRetryAfter(RETRY_SECONDS);
    }
    OptionalInt wait = rate.map(limit -> limit.take(exchange.client())).orElse(OptionalInt.empty());
    if (wait.isPresent()) {
      throw ApiException.of(
              ApiException.Kind.TOO_MANY,
              "answer the request",
              "fewer requests",
              "more than the rate limit",
              "wait " + wait.getAsInt() + " s")
          .withCode("rate_limit_exceeded")
          .withRetryAfter(wait.getAsInt());
    }
  }

  private String client(Exchange exchange) {
    if (!keys.areNeeded()) {
      return ApiKeys.ANYONE;
    }
    String given =
        exchange
            .header("Authorization")
            .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
            .map(value -> value.substring(7).strip())
            .or(() -> exchange.header("X-Api-Key"))
            .or(() -> password(exchange))
            .orElse("");
    return keys.name(given)
        .orElseThrow(
            () ->
                ApiException.of(
                        ApiException.Kind.UNAUTHENTICATED,
                        "authenticate",
                        "a key of this server",
                        given.isEmpty() ? "none" : "an unknown one",
                        "send it as Authorization: Bearer KEY")
                    .withCode("invalid_api_key"));
  }

  /**
   * What the user of a browser has typed for the dashboard, whatever the user name. Another site's
   * page could have the browser send it, too.
   */
  private static Optional<String> password(Exchange exchange) {
    boolean isOwn =
        exchange
            .header("Sec-Fetch-Site")
            .map(site -> site.equals("same-origin") || site.equals("none"))
            .orElse(true);
    return exchange
        .header("Authorization")
        .filter(value -> isOwn && value.regionMatches(true, 0, "Basic ", 0, 6))
        .map(value -> decoded(value.substring(6).strip()))
        .map(pair -> pair.substring(pair.indexOf(':') + 1));
  }

  private static String decoded(String base64) {
    try {
      return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private void decorate(Exchange exchange, ServerRequest request, ServerResponse response) {
    response.header(ID_HEADER, exchange.id());
    exchange
        .header("traceparent")
        .filter(value -> TRACE.matcher(value).matches())
        .ifPresent(value -> response.header("traceparent", value));
    pages.allowed(request).ifPresent(origin -> allow(origin, response));
  }

  private static void allow(String origin, ServerResponse response) {
    response.header("Access-Control-Allow-Origin", origin);
    response.header("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
    response.header(
        "Access-Control-Allow-Headers", "Authorization, Content-Type, X-Api-Key, " + ID_HEADER);
    response.header("Access-Control-Expose-Headers", ID_HEADER);
    response.header("Access-Control-Max-Age", "600");
    response.header("Vary", "Origin");
  }

  private static String idOf(ServerRequest request) {
    return request
        .headers()
        .first(HeaderNames.create(ID_HEADER))
        .filter(id -> REQUEST_ID.matcher(id).matches())
        .orElseGet(() -> newId("req_"));
  }

  /** A new id: the prefix and 24 hexadecimal digits. */
  public static String newId(String prefix) {
    byte[] random = new byte[12];
    ThreadLocalRandom.current().nextBytes(random);
    return prefix + HexFormat.of().formatHex(random);
  }

  /** What the client is told of an exception. */
  private static ApiException told(RuntimeException e, Exchange exchange) {
    return switch (e) {
      case ApiException known -> known;
      case EngineBusyException busy ->
          ApiException.of(
                  ApiException.Kind.TOO_MANY,
                  "answer the request",
                  "room in the queue",
                  "a full one",
                  "try again later")
              .withCode("queue_full")
              .withRetryAfter(RETRY_SECONDS);
      case ComputeException failed -> internal(failed, exchange);
      case ServeException failed -> internal(failed, exchange);
      case DeepseekException refused ->
          ApiException.of(
                  ApiException.Kind.INVALID,
                  "answer the request",
                  "one that the model takes",
                  refused.getMessage() + "",
                  "change the request")
              .withCause(refused);
      default -> internal(e, exchange);
    };
  }

  private static ApiException internal(RuntimeException e, Exchange exchange) {
    LOG.log(System.Logger.Level.ERROR, "answer " + exchange.id(), e);
    return ApiException.of(
            ApiException.Kind.INTERNAL,
            "answer the request",
            "an answer",
            "an error of the server",
            "its log says more about " + exchange.id())
        .withCause(e);
  }
}
