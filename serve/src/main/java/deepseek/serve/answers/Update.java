package deepseek.serve.answers;

import deepseek.models.generate.Generation;
import deepseek.models.generate.TokenChoice;
import deepseek.text.chat.Delta;
import java.util.List;
import java.util.Optional;

/**
 * What is new of one of the answers.
 *
 * @param choice which answer, from 0
 * @param tokens that were written for it
 * @param end how the answer ended, with its last update
 */
public record Update(
    int choice, List<Delta> deltas, List<TokenChoice> tokens, Optional<Ending> end) {
  /**
   * How an answer ended.
   *
   * @param isRefused whether a guard kept it from the client
   */
  public record Ending(Generation generation, boolean hasCalls, boolean isRefused) {
    /** Why, in OpenAI's words. */
    public String reason() {
      if (isRefused) {
        return "content_filter";
      }
      return switch (generation.finish()) {
        case LENGTH -> "length";
        case STOP, STOP_STRING -> hasCalls ? "tool_calls" : "stop";
        case CANCELLED -> "stop";
      };
    }
  }
}
