package deepseek.text.jinja;

/**
 * The resource limits of one rendering.
 *
 * @param steps evaluated expressions and statements
 * @param chars characters allocated, including the output; list items and objects are counted by
 *     their memory
 * @param depth nesting of evaluations, which bounds the Java stack
 */
public record Limits(long steps, long chars, int depth) {
  /** Bytes of heap per character: UTF-16, a growing buffer and its copy, and a factor of two. */
  private static final int HEAP_PER_CHAR = 16;

  /**
   * Enough for a conversation of a million tokens in a template that iterates over it a few times,
   * and no more than the heap can hold.
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
