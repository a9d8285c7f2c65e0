package deepseek.cli.chat;

import deepseek.models.generate.FinishReason;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import java.io.PrintWriter;

/** Tells the reader of an answer that the model had not ended it. */
public final class CutShort {
  private CutShort() {}

  /** A line on {@code err} if the tokens allowed, or the context, were used up. */
  public static void note(PrintWriter err, Generation answer, GenerationOptions options) {
    if (answer.finish() != FinishReason.LENGTH) {
      return;
    }
    int tokens = answer.ids().length;
    err.println(
        tokens >= options.maxNewTokens()
            ? "deepseek: the answer was cut at its limit of %d tokens; -n allows more"
                .formatted(tokens)
            : "deepseek: the answer was cut after %d tokens, where the context was full; ask less at once, or raise --ctx if the model allows"
                .formatted(tokens));
  }
}
