package deepseek.cli;

import deepseek.models.generate.Generation;
import deepseek.models.generate.Timings;
import java.util.Locale;

/** One line about how fast an answer came. */
final class Speed {
  private Speed() {}

  static String of(Generation generation) {
    Timings t = generation.timings();
    return String.format(
        Locale.ROOT,
        "prompt: %d tokens in %.2f s (%.0f tokens/s); answer: %d tokens, %.1f tokens/s; %s",
        t.promptTokens(),
        t.promptNanos() / 1e9,
        t.promptTokensPerSecond(),
        generation.ids().length,
        t.tokensPerSecond(),
        switch (generation.finish()) {
          case STOP -> "ended by the model";
          case LENGTH -> "ended at the token limit";
          case STOP_STRING -> "ended by a stop text";
          case CANCELLED -> "interrupted";
        });
  }
}
