package deepseek.text.chat;

import deepseek.text.tokenizer.Tokenizer;
import java.util.Set;

/** Marks of reasoning and tool calls that decoders leave out of a text. */
public final class SpecialMarkers {
  /** Tokens that are special in some vocabularies, and all the same mean something here. */
  private static final Set<String> MARKERS =
      Set.of(
          "<think>",
          "</think>",
          "<tool_call>",
          "</tool_call>",
          "[TOOL_CALLS]",
          "[ARGS]",
          "[CALL_ID]",
          "<|python_tag|>",
          "<｜tool▁calls▁begin｜>",
          "<｜tool▁calls▁end｜>",
          "<｜tool▁call▁begin｜>",
          "<｜tool▁call▁end｜>",
          "<｜tool▁sep｜>");

  private SpecialMarkers() {}

  /**
   * The text with the marks that were left out of it.
   *
   * @param ids the tokens that have come with the text
   */
  public static String restore(Tokenizer tokenizer, String text, int... ids) {
    StringBuilder before = new StringBuilder();
    StringBuilder after = new StringBuilder();
    boolean isBefore = ids.length > 1;
    for (int id : ids) {
      String special = tokenizer.isSpecial(id) ? tokenizer.token(id) : "";
      if (MARKERS.contains(special)) {
        (isBefore ? before : after).append(special);
      }
      isBefore &= !special.isEmpty();
    }
    return before + text + after;
  }
}
