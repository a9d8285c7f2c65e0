package deepseek.serve.guard;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import deepseek.serve.ServeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses texts in which a regular expression is found. By RE2, whose time grows with the length of
 * the text and nothing else, so that no text and no expression can hold the server up.
 */
public final class PatternGuard implements Guard {
  private final String name;
  private final Set<Direction> directions;
  private final List<Pattern> patterns;

  private PatternGuard(String name, Set<Direction> directions, List<Pattern> patterns) {
    this.name = name;
    this.directions = Set.copyOf(directions);
    this.patterns = patterns;
  }

  /** Looks for these expressions, upper and lower case alike. */
  public static PatternGuard of(String name, Set<Direction> directions, List<String> expressions) {
    List<Pattern> patterns = new ArrayList<>();
    for (String expression : expressions) {
      try {
        patterns.add(Pattern.compile(expression, Pattern.CASE_INSENSITIVE));
      } catch (PatternSyntaxException e) {
        throw new ServeException(
            "set up the guard " + name,
            "regular expressions of RE2",
            "'" + expression + "': " + e.getDescription(),
            "correct it; RE2 has neither look-around nor back references",
            e);
      }
    }
    return new PatternGuard(name, directions, patterns);
  }

  /** The expressions in a file, one a line; empty lines and those that begin with # don't count. */
  public static PatternGuard read(Path file, Set<Direction> directions) {
    try {
      return of(
          file.getFileName().toString(),
          directions,
          Files.readAllLines(file).stream()
              .filter(line -> !line.isBlank() && !line.startsWith("#"))
              .toList());
    } catch (IOException e) {
      throw new ServeException(
          "read the guard " + file, "a readable file", e.toString(), "check the path", e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean watches(Direction direction) {
    return directions.contains(direction);
  }

  @Override
  public Optional<String> objection(String text) {
    return patterns.stream()
        .filter(pattern -> pattern.matcher(text).find())
        .findFirst()
        .map(pattern -> "matches " + pattern.pattern());
  }
}
