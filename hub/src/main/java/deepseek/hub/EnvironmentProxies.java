package deepseek.hub;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The proxies set by {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code
 * NO_PROXY}, in upper or lower case; if none is set, those of Java's system properties. Credentials
 * in a proxy's URL aren't used.
 */
final class EnvironmentProxies extends ProxySelector {
  private static final int DEFAULT_PORT = 80;

  private final Map<String, String> variables;

  EnvironmentProxies(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  @Override
  public List<Proxy> select(URI uri) {
    String scheme = String.valueOf(uri.getScheme());
    Optional<Proxy> proxy =
        variable(scheme + "_proxy").or(() -> variable("all_proxy")).flatMap(this::parse);
    if (proxy.isEmpty()) {
      ProxySelector system = ProxySelector.getDefault();
      return system == null ? List.of(Proxy.NO_PROXY) : system.select(uri);
    }
    return List.of(isExcluded(String.valueOf(uri.getHost())) ? Proxy.NO_PROXY : proxy.get());
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name))
        .or(() -> Optional.ofNullable(variables.get(name.toUpperCase(Locale.ROOT))))
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }

  private Optional<Proxy> parse(String value) {
    try {
      URI uri = URI.create(value.contains("://") ? value : "http://" + value);
      if (uri.getHost() == null || !uri.getScheme().startsWith("http")) {
        return Optional.empty();
      }
      int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
      return Optional.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(uri.getHost(), port)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private boolean isExcluded(String host) {
    return Arrays.stream(variable("no_proxy").orElse("").split(","))
        .map(entry -> entry.strip().replaceFirst("^\\*?\\.", ""))
        .filter(entry -> !entry.isEmpty())
        .anyMatch(entry -> entry.equals("*") || host.equals(entry) || host.endsWith("." + entry));
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException e) {
    // The request fails with the same reason.
  }
}
