package deepseek.serve.http;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which pages may use the server from a browser. A browser sends requests of any page to any
 * address, this machine's too, and only keeps the replies from it; so requests of other pages are
 * refused. A page can also give its own name this machine's address (DNS rebinding): where the
 * server listens on this machine only and asks for no key, requests must name it as such.
 */
public final class Pages {
  private static final String ALL = "*";
  private static final List<String> LOCAL = List.of("localhost", "127.0.0.1", "[::1]");

  private final List<String> origins;
  private final boolean checksHost;

  private Pages(List<String> origins, boolean checksHost) {
    this.origins = List.copyOf(origins);
    this.checksHost = checksHost;
  }

  /** Pages of these origins, or of all with {@code *}, and the server's own. */
  public static Pages of(List<String> origins) {
    return new Pages(origins, false);
  }

  /** The same for a server that only programs on this machine reach, and which asks for no key. */
  public static Pages ofLocal(List<String> origins) {
    return new Pages(origins, true);
  }

  /** The origin that a reply allows, as CORS spells it; empty where it allows none. */
  Optional<String> allowed(ServerRequest request) {
    return origin(request)
        .filter(origin -> origins.contains(ALL) || origins.contains(origin))
        .map(origin -> origins.contains(ALL) ? ALL : origin);
  }

  private static Optional<String> origin(ServerRequest request) {
    return request.headers().first(HeaderNames.ORIGIN);
  }

  /**
   * Lets a request pass.
   *
   * @throws ApiException where it is of a page that may not use the server
   */
  void admit(ServerRequest request) {
    String authority = request.authority() == null ? "" : request.authority();
    Optional<String> origin = origin(request);
    boolean isOwn = origin.isEmpty() || authorityOf(origin.get()).equalsIgnoreCase(authority);
    if (!isOwn && allowed(request).isEmpty()) {
      throw refused("a page that may use the server", "one of " + origin.get());
    }
    if (checksHost && !isKnown(hostOf(authority))) {
      throw refused("a request to this machine", "one to " + hostOf(authority));
    }
  }

  private boolean isKnown(String host) {
    return host.isEmpty()
        || LOCAL.contains(host)
        || origins.contains(ALL)
        || origins.stream().anyMatch(origin -> hostOf(authorityOf(origin)).equals(host));
  }

  private static String authorityOf(String origin) {
    try {
      return Optional.ofNullable(URI.create(origin).getRawAuthority()).orElse("");
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private static String hostOf(String authority) {
    return authority.replaceFirst(":[0-9]*$", "").toLowerCase(Locale.ROOT);
  }

  private static ApiException refused(String expected, String got) {
    return ApiException.of(
            ApiException.Kind.FORBIDDEN,
            "answer the request",
            expected,
            got.replaceAll("\\p{Cntrl}", "?"),
            "allow it with --cors-origin")
        .withCode("origin_not_allowed");
  }
}
