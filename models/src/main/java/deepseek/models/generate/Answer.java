package deepseek.models.generate;

import java.util.List;

/** A request's answer: its tokens, an ending one included, and why it ended. */
public record Answer(List<TokenChoice> choices, FinishReason finish, Timings timings) {
  public Answer {
    choices = List.copyOf(choices);
  }

  /** The tokens' ids. */
  public int[] ids() {
    return choices.stream().mapToInt(TokenChoice::id).toArray();
  }
}
