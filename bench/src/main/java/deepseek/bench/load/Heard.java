package deepseek.bench.load;

import java.util.Arrays;
import java.util.Optional;

/**
 * What a request's caller saw. Times are nanoseconds from the start of the test.
 *
 * @param due when it was to be sent
 * @param parts when each part of the answer came
 * @param promptTokens as the server counts them; so {@code answerTokens}
 * @param error what went wrong: a status, or an exception
 */
record Heard(
    int number,
    long due,
    long[] parts,
    long end,
    int promptTokens,
    int answerTokens,
    Optional<String> error) {

  /** Until the first part, from when it was due. */
  double firstSeconds() {
    return (parts[0] - due) / 1e9;
  }

  double wholeSeconds() {
    return (end - due) / 1e9;
  }

  /** Between parts, each. */
  double[] gapSeconds() {
    double[] gaps = new double[Math.max(0, parts.length - 1)];
    Arrays.setAll(gaps, i -> (parts[i + 1] - parts[i]) / 1e9);
    return gaps;
  }

  boolean isAnswered() {
    return error.isEmpty() && parts.length > 0;
  }
}
