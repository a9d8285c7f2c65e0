package deepseek.models.generate;

import deepseek.models.ModelException;
import deepseek.models.decoder.Decoder;

/**
 * How tokens are guessed, so that one step checks several. The answer's tokens are those that it
 * would have without: each is chosen from the model's own logits, and guesses that differ are
 * dropped (Leviathan et al., "Fast Inference from Transformers via Speculative Decoding", 2023).
 */
public sealed interface Speculation {
  /** Most tokens guessed at a time. */
  int MOST = 15;

  /** Tokens guessed at a time, at most. */
  int tokens();

  /**
   * What followed the last time that the answer's newest tokens stood in prompt or answer: for
   * answers that repeat their prompt, as edits and summaries do (Saxena, "Prompt Lookup Decoding",
   * 2023).
   *
   * @param ngram tokens that must be the same
   */
  record PromptLookup(int ngram, int tokens) implements Speculation {
    public PromptLookup {
      require("tokens to look up", ngram, 16);
      require("tokens to guess", tokens, MOST);
    }
  }

  /**
   * What a smaller model with the same tokens finds likeliest.
   *
   * @param model stays the caller's, who closes it after the engine
   */
  record Draft(Decoder model, int tokens) implements Speculation {
    public Draft {
      ModelException.requirePresent("speculate", "a draft model", model);
      require("tokens to guess", tokens, MOST);
    }
  }

  private static void require(String what, int value, int most) {
    if (value < 1 || value > most) {
      throw new ModelException(
          "speculate", "1 to " + most + " " + what, value + "", "choose fewer");
    }
  }
}
