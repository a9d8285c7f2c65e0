package deepseek.serve;

import deepseek.serve.guard.Guards;
import deepseek.serve.http.AccessLog;
import deepseek.serve.http.ApiKeys;
import deepseek.serve.http.Limits;
import deepseek.serve.http.RateLimit;
import deepseek.serve.shelf.ServedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a server is set up.
 *
 * @param host the address that it listens on
 * @param port 0 takes a free one
 * @param tls certificate and key; empty for plain HTTP
 * @param rate of each client; empty for no limit
 * @param origins pages that may use the server from a browser; {@code *} for all
 * @param memoryBudget bytes of weights that are open at a time; empty for no limit
 * @param guards which the server closes
 * @param history file in which what the dashboard shows outlives the server; empty: it doesn't
 */
public record ServeConfig(
    List<ServedModel> models,
    String host,
    int port,
    Optional<TlsFiles> tls,
    ApiKeys keys,
    Limits limits,
    Optional<RateLimit> rate,
    List<String> origins,
    OptionalLong memoryBudget,
    Guards guards,
    AccessLog log,
    Optional<Path> history) {
  private static final int MOST_PORT = 65_535;

  public ServeConfig {
    models = List.copyOf(models);
    origins = List.copyOf(origins);
    if (port < 0 || port > MOST_PORT) {
      throw new ServeException("set the port", "0 to " + MOST_PORT, port + "", "choose another");
    }
  }

  /** These models on a free port of this machine, for programs on it only; no key, no log. */
  public static ServeConfig of(List<ServedModel> models) {
    return new ServeConfig(
        models,
        "127.0.0.1",
        0,
        Optional.empty(),
        ApiKeys.none(),
        Limits.defaults(),
        Optional.empty(),
        List.of(),
        OptionalLong.empty(),
        Guards.none(),
        AccessLog.silent(),
        Optional.empty());
  }

  /** Listening there. */
  public ServeConfig withAddress(String newHost, int newPort) {
    return new ServeConfig(
        models,
        newHost,
        newPort,
        tls,
        keys,
        limits,
        rate,
        origins,
        memoryBudget,
        guards,
        log,
        history);
  }

  /** By HTTPS. */
  public ServeConfig withTls(TlsFiles value) {
    return new ServeConfig(
        models,
        host,
        port,
        Optional.of(value),
        keys,
        limits,
        rate,
        origins,
        memoryBudget,
        guards,
        log,
        history);
  }

  /** For whoever has one of these keys. */
  public ServeConfig withKeys(ApiKeys value) {
    return new ServeConfig(
        models, host, port, tls, value, limits, rate, origins, memoryBudget, guards, log, history);
  }

  /** With requests limited like this. */
  public ServeConfig withLimits(Limits value) {
    return new ServeConfig(
        models, host, port, tls, keys, value, rate, origins, memoryBudget, guards, log, history);
  }

  /** With so many requests a minute for each client. */
  public ServeConfig withRate(RateLimit value) {
    return new ServeConfig(
        models,
        host,
        port,
        tls,
        keys,
        limits,
        Optional.of(value),
        origins,
        memoryBudget,
        guards,
        log,
        history);
  }

  /** For pages of these origins too. */
  public ServeConfig withOrigins(List<String> value) {
    return new ServeConfig(
        models, host, port, tls, keys, limits, rate, value, memoryBudget, guards, log, history);
  }

  /** With at most so many bytes of weights open. */
  public ServeConfig withMemoryBudget(long bytes) {
    return new ServeConfig(
        models,
        host,
        port,
        tls,
        keys,
        limits,
        rate,
        origins,
        OptionalLong.of(bytes),
        guards,
        log,
        history);
  }

  /** With texts looked at by these. */
  public ServeConfig withGuards(Guards value) {
    return new ServeConfig(
        models, host, port, tls, keys, limits, rate, origins, memoryBudget, value, log, history);
  }

  /** With requests logged there. */
  public ServeConfig withLog(AccessLog value) {
    return new ServeConfig(
        models, host, port, tls, keys, limits, rate, origins, memoryBudget, guards, value, history);
  }

  /** With the dashboard's history kept in this file. */
  public ServeConfig withHistory(Path file) {
    return new ServeConfig(
        models,
        host,
        port,
        tls,
        keys,
        limits,
        rate,
        origins,
        memoryBudget,
        guards,
        log,
        Optional.of(file));
  }
}
