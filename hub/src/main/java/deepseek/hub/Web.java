package deepseek.hub;

import deepseek.files.DataException;
import deepseek.files.Secrets;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * HTTP for the hub: fails fast if a host can't be reached, detects stalled transfers, and doesn't
 * follow redirects by itself.
 */
final class Web {
  private static final String AGENT = "deepseek-jvm/0.1";

  private final HttpClient client;
  private final HubOptions options;
  private final Set<String> knownHosts = ConcurrentHashMap.newKeySet();

  Web(HubOptions options) {
    this.options = options;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(options.patience().connect())
            .proxy(options.proxies())
            .build();
  }

  /** The host can't be reached, so that a retry is pointless. */
  static final class Unreachable extends IOException {
    private static final long serialVersionUID = 1L;

    Unreachable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** A response whose body hasn't been read. */
  record Answer(int status, HttpHeaders headers, URI uri, InputStream body)
      implements AutoCloseable {
    String header(String name) {
      return headers.firstValue(name).orElse("");
    }

    boolean isRedirect() {
      return status >= 300 && status < 400;
    }

    /**
     * The target of a redirect.
     *
     * @throws DataException if that is no http or https address
     */
    URI target() {
      String location = header("location");
      try {
        URI target = uri.resolve(new URI(location));
        boolean isWeb = "http".equals(target.getScheme()) || "https".equals(target.getScheme());
        if (!location.isEmpty() && isWeb && target.getHost() != null) {
          return target;
        }
      } catch (URISyntaxException e) {
        // Reported like other invalid addresses, without the cause, which quotes all of it.
      }
      throw new DataException(
          "follow a redirect from " + uri.getHost(),
          "an http or https address to go to",
          location.isEmpty() ? "none, with status " + status : "'" + shown(location) + "'",
          "check that HF_ENDPOINT is a hub, and the proxy in between");
    }

    /** The address without its query, which contains signatures. */
    private static String shown(String address) {
      return Secrets.masked(address).replaceFirst("(?s)[?#].*", "");
    }

    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  /** Sends one request without a body. */
  Answer send(String method, URI uri, Map<String, String> headers) throws IOException {
    requireHost(uri);
    Duration idle = options.patience().idle();
    CompletableFuture<HttpResponse<InputStream>> future = begin(method, uri, headers);
    try {
      Duration patience = options.patience().connect().plus(idle);
      HttpResponse<InputStream> response = future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return new Answer(
          response.statusCode(), response.headers(), uri, new WatchedStream(response.body(), idle));
    } catch (TimeoutException e) {
      future.cancel(true);
      throw new IOException(uri.getHost() + " took longer than " + seconds(idle) + " to answer", e);
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      throw classified(uri, e.getCause() == null ? e : e.getCause());
    }
  }

  private CompletableFuture<HttpResponse<InputStream>> begin(
      String method, URI uri, Map<String, String> headers) {
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(uri)
              .method(method, HttpRequest.BodyPublishers.noBody())
              .header("User-Agent", AGENT)
              // Sizes and ranges must be those of the file, not of a compressed representation.
              .header("Accept-Encoding", "identity");
      headers.forEach(request::header);
      return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (IllegalArgumentException e) {
      // Without the cause, which quotes headers and address.
      throw new DataException(
          "ask " + uri.getHost(),
          "an address and headers that HTTP allows",
          "others",
          "check HF_ENDPOINT, if it is set");
    }
  }

  private IOException classified(URI uri, Throwable cause) {
    String host = uri.getHost();
    return switch (cause) {
      case HttpConnectTimeoutException e ->
          new Unreachable(
              host + " took no connection within " + seconds(options.patience().connect()), e);
      case ConnectException e when e.getCause() instanceof UnresolvedAddressException ->
          new Unreachable("unknown host " + host, e);
      case ConnectException e -> new Unreachable(host + " refused the connection", e);
      case SSLException e ->
          new Unreachable(host + " has no certificate that Java trusts: " + e.getMessage(), e);
      case IOException e -> new IOException(host + " broke the connection: " + e.getMessage(), e);
      default -> new IOException(host + ": " + cause, cause);
    };
  }

  /** Resolves a host's name with a timeout; some resolvers take half a minute to fail. */
  private void requireHost(URI uri) throws IOException {
    String host = uri.getHost();
    boolean direct = options.proxies().select(uri).stream().allMatch(Proxy.NO_PROXY::equals);
    if (!direct || knownHosts.contains(host)) {
      return;
    }
    CompletableFuture<InetAddress> lookup = new CompletableFuture<>();
    Thread.startVirtualThread(
        () -> {
          try {
            lookup.complete(InetAddress.getByName(host));
          } catch (UnknownHostException e) {
            lookup.completeExceptionally(e);
          }
        });
    try {
      lookup.get(options.patience().connect().toMillis(), TimeUnit.MILLISECONDS);
      knownHosts.add(host);
    } catch (TimeoutException | ExecutionException e) {
      throw new Unreachable("unknown host " + host, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() / 1000.0 + " s";
  }

  /**
   * Closes a stream on which a read takes too long, since the client itself has no read timeout.
   */
  private static final class WatchedStream extends FilterInputStream {
    private final Duration idle;
    private final Thread watcher;
    private volatile long lastByte = System.nanoTime();
    private volatile boolean stalled;

    WatchedStream(InputStream in, Duration idle) {
      super(in);
      this.idle = idle;
      this.watcher = Thread.startVirtualThread(this::watch);
    }

    private void watch() {
      try {
        long left = idle.toNanos();
        while (left > 0) {
          TimeUnit.NANOSECONDS.sleep(left);
          left = idle.toNanos() - (System.nanoTime() - lastByte);
        }
        stalled = true;
        in.close();
      } catch (InterruptedException e) {
        // Closed before the timeout.
      } catch (IOException e) {
        // The reader fails as well, and reports it.
      }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        int n = in.read(bytes, offset, length);
        if (stalled) {
          throw new IOException("closed");
        }
        lastByte = System.nanoTime();
        return n;
      } catch (IOException e) {
        String why = stalled ? "no byte came for " + seconds(idle) : e.getMessage();
        throw new IOException("the transfer broke: " + why, e);
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public void close() throws IOException {
      watcher.interrupt();
      in.close();
    }
  }
}
