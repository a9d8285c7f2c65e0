package deepseek.serve.answers;

import deepseek.text.chat.AnswerParser.Expected;
import deepseek.text.grammar.Grammar;
import java.util.Optional;

/**
 * What a model is given, and what to look for in its answer.
 *
 * @param form what the answer must be
 * @param callIdLength of the ids of tool calls that the template takes; 0 for any
 */
public record Prompt(int[] ids, Optional<Grammar> form, Expected expected, int callIdLength) {
  /** A prompt for text without form. */
  public static Prompt of(int[] ids, Optional<Grammar> form) {
    return new Prompt(ids, form, Expected.TEXT, 0);
  }
}
