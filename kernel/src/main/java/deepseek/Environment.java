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
 * Environment variables as huggingface_hub reads them: what is blank is unset, and in paths {@code
 * ~} and {@code $X} expand.
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

  /** Without the values: tokens and passwords are among them. */
  @Override
  public String toString() {
    return "Environment[" + variables.size() + " variables, home=" + home + "]";
  }

  public static Environment ofProcess() {
    return new Environment(System.getenv(), homeOf(System.getenv()));
  }

  /**
   * Where {@code ~} is to shells and to Python: {@code HOME}, on Windows {@code USERPROFILE}; the
   * JVM's {@code user.home} is what the list of users says, and only asked without those.
   */
  static Path homeOf(Map<String, String> variables) {
    boolean isWindows = File.separatorChar == '\\';
    String home = variables.getOrDefault(isWindows ? "USERPROFILE" : "HOME", "");
    return Path.of(home.isBlank() ? System.getProperty("user.home") : home);
  }

  public Optional<String> text(String name) {
    return Optional.ofNullable(variables.get(name)).map(String::strip).filter(s -> !s.isEmpty());
  }

  /** A command's words: blanks part them, except between quotes, which are taken off. */
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

  public boolean isTrue(String name) {
    return text(name).map(value -> TRUE.contains(value.toUpperCase(Locale.ROOT))).orElse(false);
  }

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

  /** Folders in which programs are looked up, {@code PATH}. */
  public List<Path> searchPath() {
    return Arrays.stream(
            variables.getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator)))
        .filter(entry -> !entry.isBlank())
        .map(Path::of)
        .toList();
  }

  /** Where programs keep what they can make or fetch again. */
  public Path caches() {
    return path("XDG_CACHE_HOME").orElse(home.resolve(".cache"));
  }

  /** Where this one does: {@code DEEPSEEK_CACHE}, else {@code deepseek} among the caches. */
  public Path ownCache() {
    return path("DEEPSEEK_CACHE").orElse(caches().resolve("deepseek"));
  }
}
