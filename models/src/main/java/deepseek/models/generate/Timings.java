package deepseek.models.generate;

/**
 * How long an answer took.
 *
 * @param promptTokens tokens of the prompt that had to be run
 * @param promptNanos until the first token of the answer was known
 * @param decodeTokens tokens after the first
 * @param decodeNanos for those
 */
public record Timings(int promptTokens, long promptNanos, int decodeTokens, long decodeNanos) {
  /** Speed at which the prompt was read. */
  public double promptTokensPerSecond() {
    return rate(promptTokens, promptNanos);
  }

  /** Speed after the first token. */
  public double tokensPerSecond() {
    return rate(decodeTokens, decodeNanos);
  }

  private static double rate(int tokens, long nanos) {
    return nanos == 0 ? 0 : tokens * 1e9 / nanos;
  }
}
