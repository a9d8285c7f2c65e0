package deepseek.text.tokenizer;

import java.util.List;

/**
 * A prompt that says where its special tokens may stand.
 *
 * @param plain stretches, from front to back, in which special tokens are mere characters; one that
 *     lies only partly inside is none either
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

  /** All of it as a program wrote it. */
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
