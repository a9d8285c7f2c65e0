package deepseek.text.jinja;

import java.util.List;

/**
 * What a template made.
 *
 * @param given where characters stand that came with {@link Given} values, from front to back; all
 *     others are the template's own
 */
public record Rendered(String text, List<Span> given) {
  /** Half-open range of characters. */
  public record Span(int from, int to) {}

  public Rendered {
    given = List.copyOf(given);
  }
}
