package deepseek;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Environment variables, read as huggingface_hub does: a blank value counts as unset, and {@code ~}
 * and {@code $X} are expanded in paths.
 *
 * @param home of the user
 */
public record Environment(Map<String, String> variables, Path home) {
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
  private static final Pattern WORD = Pattern.compile("(?:\"[^\"]*\"|'[^']*'|\\S)+");
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]*)\"|'([^']*)'");
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");

  public Environment {
    variables = Map.copyOf(variables);
  }

  /** Leaves out the values, which include tokens and passwords. */
  @Override
  public String toString() {
    return "Environment[" + variables.size() + " variables, home=" + home + "]";
  }

  /** The environment of this process. */
  public static Environment ofProcess() {
    return new Environment(System.getenv(), homeOf(System.getenv()));
  }

  /**
   * What {@code ~} means to shells and to Python: {@code HOME}, on Windows {@code USERPROFILE}. The
   * JVM's {@code user.home} comes from the user database and is used only when the variable is
   * unset.
   */
  static Path homeOf(Map<String, String> variables) {
    boolean isWindows = File.separatorChar == '\\';
    String home = variables.getOrDefault(isWindows ? "USERPROFILE" : "HOME", "");
    return Path.of(home.isBlank() ? System.getProperty("user.home") : home);
  }

  /** The variable's value without surrounding blanks; empty if it is unset or blank. */
  public Optional<String> text(String name) {
    return Optional.ofNullable(variables.get(name)).map(String::strip).filter(s -> !s.isEmpty());
  }

  /** The variable split into words at blanks, except inside quotes, which are removed. */
  public List<String> words(String name) {
    return WORD.matcher(text(name).orElse("")).results().map(w -> unquoted(w.group())).toList();
  }

  private static String unquoted(String word) {
    return QUOTED
        .matcher(word)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(match.group(1) == null ? match.group(2) : match.group(1)));
  }

  /** Whether the variable is set to 1, ON, YES or TRUE, in any case. */
  public boolean isTrue(String name) {
    return text(name).map(value -> TRUE.contains(value.toUpperCase(Locale.ROOT))).orElse(false);
  }

  /**
   * The variable as a path, with {@code ~} and variables expanded; empty if it is unset or blank.
   */
  public Optional<Path> path(String name) {
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

  /** The directories of {@code PATH}. */
  public List<Path> searchPath() {
    return Arrays.stream(
            variables.getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator)))
        .filter(entry -> !entry.isBlank())
        .map(Path::of)
        .toList();
  }

  /** The directory for all programs' caches: {@code XDG_CACHE_HOME}, else {@code ~/.cache}. */
  public Path caches() {
    return path("XDG_CACHE_HOME").orElse(home.resolve(".cache"));
  }

  /**
   * This program's cache directory: {@code DEEPSEEK_CACHE}, else {@code deepseek} in {@link
   * #caches}.
   */
  public Path ownCache() {
    return path("DEEPSEEK_CACHE").orElse(caches().resolve("deepseek"));
  }
}
