package deepseek.store.jinja;

/**
 * What one rendering may use.
 *
 * @param steps evaluated expressions and statements
 * @param chars characters and list items made, output included
 * @param depth nested evaluations, which bounds the Java stack
 */
public record Limits(long steps, long chars, int depth) {
  /** Room for a conversation of a million tokens in a template that walks it a few times. */
  public static final Limits DEFAULT = new Limits(50_000_000, 1L << 28, 800);

  public Limits {
    if (steps <= 0 || chars <= 0 || depth <= 0) {
      throw new IllegalArgumentException("limits must be positive");
    }
  }
}
