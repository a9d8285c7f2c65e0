package deepseek.models.generate;

import deepseek.models.ModelException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A prompt to be continued, as token ids.
 *
 * @param prompt at least one token
 * @param maxNewTokens after which the answer ends
 * @param logProbabilities how many of the likeliest tokens are told with each, 0 to {@value
 *     #MOST_LOG_PROBABILITIES}; empty: not even how likely the token itself was
 * @param constraint makes what the answer is held to
 * @param priority requests of a higher one run first
 * @param client requests of one priority share the model fairly between clients
 * @param ignoreEos whether tokens that end an answer don't, for measurements
 * @param cancelled asked before each step, by the engine's thread; true ends the answer
 */
public record TokenRequest(
    int[] prompt,
    int maxNewTokens,
    Sampling sampling,
    OptionalInt logProbabilities,
    Optional<Supplier<TokenConstraint>> constraint,
    int priority,
    String client,
    boolean ignoreEos,
    BooleanSupplier cancelled) {
  /** Most log probabilities that a token can have next to its own. */
  public static final int MOST_LOG_PROBABILITIES = 20;

  private static final String GENERATE = "generate";

  public TokenRequest {
    ModelException.requirePresent(GENERATE, "a prompt", prompt);
    ModelException.requirePresent(GENERATE, "a sampling", sampling);
    ModelException.requirePresent(GENERATE, "a client", client);
    ModelException.requirePresent(GENERATE, "a question whether it is cancelled", cancelled);
    if (maxNewTokens < 1) {
      throw new ModelException(
          GENERATE, "at least 1 new token", maxNewTokens + "", "raise the number of new tokens");
    }
    int told = logProbabilities.orElse(0);
    if (told < 0 || told > MOST_LOG_PROBABILITIES) {
      throw new ModelException(
          GENERATE,
          "0 to " + MOST_LOG_PROBABILITIES + " log probabilities",
          told + "",
          "ask for fewer");
    }
  }

  /** Greedy, up to 512 tokens. */
  public static TokenRequest of(int... prompt) {
    return new TokenRequest(
        prompt,
        512,
        Sampling.greedy(),
        OptionalInt.empty(),
        Optional.empty(),
        0,
        "",
        false,
        () -> false);
  }

  /** With another prompt. */
  public TokenRequest withPrompt(int... value) {
    return new TokenRequest(
        value,
        maxNewTokens,
        sampling,
        logProbabilities,
        constraint,
        priority,
        client,
        ignoreEos,
        cancelled);
  }

  /** With an answer of at most so many tokens. */
  public TokenRequest withMaxNewTokens(int value) {
    return new TokenRequest(
        prompt,
        value,
        sampling,
        logProbabilities,
        constraint,
        priority,
        client,
        ignoreEos,
        cancelled);
  }

  /** With tokens chosen like this. */
  public TokenRequest withSampling(Sampling value) {
    return new TokenRequest(
        prompt,
        maxNewTokens,
        value,
        logProbabilities,
        constraint,
        priority,
        client,
        ignoreEos,
        cancelled);
  }

  /** With each token's log probability and those of so many of the likeliest. */
  public TokenRequest withLogProbabilities(int value) {
    return new TokenRequest(
        prompt,
        maxNewTokens,
        sampling,
        OptionalInt.of(value),
        constraint,
        priority,
        client,
        ignoreEos,
        cancelled);
  }

  /** With an answer that is held to what this makes. */
  public TokenRequest withConstraint(Supplier<TokenConstraint> value) {
    return new TokenRequest(
        prompt,
        maxNewTokens,
        sampling,
        logProbabilities,
        Optional.of(value),
        priority,
        client,
        ignoreEos,
        cancelled);
  }

  /** With another priority; the default is 0. */
  public TokenRequest withPriority(int value) {
    return new TokenRequest(
        prompt,
        maxNewTokens,
        sampling,
        logProbabilities,
        constraint,
        value,
        client,
        ignoreEos,
        cancelled);
  }

  /** On behalf of this client. */
  public TokenRequest withClient(String value) {
    return new TokenRequest(
        prompt,
        maxNewTokens,
        sampling,
        logProbabilities,
        constraint,
        priority,
        value,
        ignoreEos,
        cancelled);
  }

  /** With answers that go on after tokens that end one, or not. */
  public TokenRequest withIgnoreEos(boolean value) {
    return new TokenRequest(
        prompt,
        maxNewTokens,
        sampling,
        logProbabilities,
        constraint,
        priority,
        client,
        value,
        cancelled);
  }

  /** With an answer that ends once {@code value} says true. */
  public TokenRequest withCancelled(BooleanSupplier value) {
    return new TokenRequest(
        prompt,
        maxNewTokens,
        sampling,
        logProbabilities,
        constraint,
        priority,
        client,
        ignoreEos,
        value);
  }
}
