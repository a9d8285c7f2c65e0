package deepseek.text.tokenizer;

import java.util.List;

/**
 * A prompt with the ranges in which special tokens are not recognised.
 *
 * @param plain ascending ranges in which special tokens are plain text, even those that overlap a
 *     range only partly
 */
public record PromptText(String text, List<Range> plain) {
  /** Half-open range of characters. */
  public record Range(int from, int to) {
    public Range {
      if (from < 0 || from > to) {
        throw new IllegalArgumentException("a range from " + from + " to " + to);
      }
    }
  }

  public PromptText {
    plain = List.copyOf(plain);
  }

  /** A trusted text, in which all special tokens are recognised. */
  public static PromptText of(String text) {
    return new PromptText(text, List.of());
  }

  /** The first {@code length} characters. */
  public PromptText first(int length) {
    return new PromptText(
        text.substring(0, length),
        plain.stream()
            .filter(range -> range.from < length)
            .map(range -> new Range(range.from, Math.min(range.to, length)))
            .toList());
  }
}
