package deepseek.models.generate;

import java.util.List;

/**
 * One answer.
 *
 * @param text without special tokens and stop strings
 * @param choices the answer's tokens, an ending one included, with their log probabilities if these
 *     were asked for
 */
public record Generation(
    String text, int[] promptIds, List<TokenChoice> choices, FinishReason finish, Timings timings) {
  public Generation {
    choices = List.copyOf(choices);
  }

  /** The answer's tokens, an ending one included. */
  public int[] ids() {
    return choices.stream().mapToInt(TokenChoice::id).toArray();
  }

  /** Tokens of the prompt that were known from other requests and not run again. */
  public int cachedTokens() {
    return promptIds.length - timings.promptTokens();
  }
}
