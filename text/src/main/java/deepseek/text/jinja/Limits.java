package deepseek.text.jinja;

/**
 * What one rendering may use.
 *
 * @param steps evaluated expressions and statements
 * @param chars characters made on the way, output included; list items and objects count as many
 *     characters as take their memory
 * @param depth nested evaluations, which bounds the Java stack
 */
public record Limits(long steps, long chars, int depth) {
  /** Bytes of heap for each character: UTF-16, a growing buffer and its copy, and as much again. */
  private static final int HEAP_PER_CHAR = 16;

  /**
   * Room for a conversation of a million tokens in a template that walks it a few times, and no
   * more than the heap has.
   */
  public static final Limits DEFAULT =
      new Limits(
          50_000_000, Math.min(1L << 28, Runtime.getRuntime().maxMemory() / HEAP_PER_CHAR), 800);

  public Limits {
    if (steps <= 0 || chars <= 0 || depth <= 0) {
      throw new IllegalArgumentException("limits must be positive");
    }
  }
}
