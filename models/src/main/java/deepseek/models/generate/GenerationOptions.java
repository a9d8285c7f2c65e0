package deepseek.models.generate;

import deepseek.models.ModelException;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * What an answer may be.
 *
 * @param maxNewTokens after which it ends, whatever it says
 * @param stop texts that end it; they are not part of it
 * @param cancelled asked before each token; true ends the answer, and so does an interrupt of the
 *     thread, which stays interrupted
 */
public record GenerationOptions(
    int maxNewTokens, Sampling sampling, List<String> stop, BooleanSupplier cancelled) {
  public GenerationOptions {
    if (maxNewTokens < 1) {
      throw new ModelException(
          "generate", "at least 1 new token", maxNewTokens + "", "raise the number of new tokens");
    }
    ModelException.requirePresent("generate", "a sampling", sampling);
    ModelException.requirePresent("generate", "stop texts", stop);
    ModelException.requirePresent("generate", "a question whether it is cancelled", cancelled);
    stop = List.copyOf(stop);
    if (stop.contains("")) {
      throw new ModelException("generate", "stop texts", "an empty one", "leave it out");
    }
  }

  boolean isCancelled() {
    return Thread.currentThread().isInterrupted() || cancelled.getAsBoolean();
  }

  /** Greedy, up to 512 tokens. */
  public static GenerationOptions defaults() {
    return new GenerationOptions(512, Sampling.greedy(), List.of(), () -> false);
  }

  /** With answers of at most so many tokens. */
  public GenerationOptions withMaxNewTokens(int value) {
    return new GenerationOptions(value, sampling, stop, cancelled);
  }

  /** With tokens chosen like this. */
  public GenerationOptions withSampling(Sampling value) {
    return new GenerationOptions(maxNewTokens, value, stop, cancelled);
  }

  /** With answers that end before any of these texts. */
  public GenerationOptions withStop(List<String> value) {
    return new GenerationOptions(maxNewTokens, sampling, value, cancelled);
  }

  /** With answers that end once {@code value} says true. */
  public GenerationOptions withCancelled(BooleanSupplier value) {
    return new GenerationOptions(maxNewTokens, sampling, stop, value);
  }
}
