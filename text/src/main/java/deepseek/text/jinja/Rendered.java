package deepseek.text.jinja;

import java.util.List;

/**
 * The output of a template.
 *
 * @param given ascending ranges of the characters that came from {@link Given} values; all others
 *     are the template's own
 */
public record Rendered(String text, List<Span> given) {
  /** Half-open range of characters. */
  public record Span(int from, int to) {}

  public Rendered {
    given = List.copyOf(given);
  }
}
