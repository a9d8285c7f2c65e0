package deepseek.models.generate;

import deepseek.models.ModelException;
import deepseek.text.grammar.Grammar;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;

/**
 * What an answer may be.
 *
 * @param maxNewTokens after which it ends, whatever it says
 * @param stop texts that end it; they are not part of it
 * @param grammar that it is a text of, unless it reaches {@code maxNewTokens} before its end
 * @param logProbabilities how many of the likeliest tokens are told with each of its own, 0 to
 *     {@value TokenRequest#MOST_LOG_PROBABILITIES}; empty: not even how likely its own were
 * @param priority requests of a higher one run first
 * @param client requests of one priority share the model fairly between clients
 * @param ignoreEos whether tokens that end an answer don't, for measurements
 * @param cancelled asked before each token; true ends the answer, and so does an interrupt of the
 *     thread that waits for it, which stays interrupted
 */
public record GenerationOptions(
    int maxNewTokens,
    Sampling sampling,
    List<String> stop,
    Optional<Grammar> grammar,
    OptionalInt logProbabilities,
    int priority,
    String client,
    boolean ignoreEos,
    BooleanSupplier cancelled) {
  private static final String GENERATE = "generate";

  public GenerationOptions {
    if (maxNewTokens < 1) {
      throw new ModelException(
          GENERATE, "at least 1 new token", maxNewTokens + "", "raise the number of new tokens");
    }
    ModelException.requirePresent(GENERATE, "a sampling", sampling);
    ModelException.requirePresent(GENERATE, "stop texts", stop);
    ModelException.requirePresent(GENERATE, "a client", client);
    ModelException.requirePresent(GENERATE, "a question whether it is cancelled", cancelled);
    stop = List.copyOf(stop);
    if (stop.contains("")) {
      throw new ModelException(GENERATE, "stop texts", "an empty one", "leave it out");
    }
  }

  /** Greedy, up to 512 tokens. */
  public static GenerationOptions defaults() {
    return new GenerationOptions(
        512,
        Sampling.greedy(),
        List.of(),
        Optional.empty(),
        OptionalInt.empty(),
        0,
        "",
        false,
        () -> false);
  }

  /** With answers of at most so many tokens. */
  public GenerationOptions withMaxNewTokens(int value) {
    return new GenerationOptions(
        value, sampling, stop, grammar, logProbabilities, priority, client, ignoreEos, cancelled);
  }

  /** With tokens chosen like this. */
  public GenerationOptions withSampling(Sampling value) {
    return new GenerationOptions(
        maxNewTokens,
        value,
        stop,
        grammar,
        logProbabilities,
        priority,
        client,
        ignoreEos,
        cancelled);
  }

  /** With answers that end before any of these texts. */
  public GenerationOptions withStop(List<String> value) {
    return new GenerationOptions(
        maxNewTokens,
        sampling,
        value,
        grammar,
        logProbabilities,
        priority,
        client,
        ignoreEos,
        cancelled);
  }

  /** With answers that are texts of this grammar. */
  public GenerationOptions withGrammar(Grammar value) {
    return new GenerationOptions(
        maxNewTokens,
        sampling,
        stop,
        Optional.of(value),
        logProbabilities,
        priority,
        client,
        ignoreEos,
        cancelled);
  }

  /** With each token's log probability and those of so many of the likeliest. */
  public GenerationOptions withLogProbabilities(int value) {
    return new GenerationOptions(
        maxNewTokens,
        sampling,
        stop,
        grammar,
        OptionalInt.of(value),
        priority,
        client,
        ignoreEos,
        cancelled);
  }

  /** With another priority; the default is 0. */
  public GenerationOptions withPriority(int value) {
    return new GenerationOptions(
        maxNewTokens,
        sampling,
        stop,
        grammar,
        logProbabilities,
        value,
        client,
        ignoreEos,
        cancelled);
  }

  /** On behalf of this client. */
  public GenerationOptions withClient(String value) {
    return new GenerationOptions(
        maxNewTokens,
        sampling,
        stop,
        grammar,
        logProbabilities,
        priority,
        value,
        ignoreEos,
        cancelled);
  }

  /** With answers that go on after tokens that end one, or not. */
  public GenerationOptions withIgnoreEos(boolean value) {
    return new GenerationOptions(
        maxNewTokens,
        sampling,
        stop,
        grammar,
        logProbabilities,
        priority,
        client,
        value,
        cancelled);
  }

  /** With answers that end once {@code value} says true. */
  public GenerationOptions withCancelled(BooleanSupplier value) {
    return new GenerationOptions(
        maxNewTokens,
        sampling,
        stop,
        grammar,
        logProbabilities,
        priority,
        client,
        ignoreEos,
        value);
  }
}
