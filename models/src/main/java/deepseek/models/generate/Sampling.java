package deepseek.models.generate;

import deepseek.models.ModelException;
import java.util.OptionalLong;

/**
 * How the next token is chosen from logits. Penalties come first, then temperature, top-k, top-p
 * and min-p, in the order transformers applies them.
 *
 * @param temperature divides logits; 0, and what is too small for a float, takes the likeliest
 *     token (greedy)
 * @param topK keeps the k likeliest; 0 keeps all
 * @param topP keeps the likeliest whose probabilities add up to this; 1 keeps all
 * @param minP keeps those at least this likely compared to the likeliest; 0 keeps all
 * @param repetitionPenalty makes tokens of prompt and answer less likely; 1 changes nothing (Keskar
 *     et al., "CTRL", 2019)
 * @param presencePenalty taken off the logits of tokens that are in the answer
 * @param frequencyPenalty taken off as often as they are there
 * @param seed of the random numbers; empty draws a new one each time
 */
public record Sampling(
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    double presencePenalty,
    double frequencyPenalty,
    OptionalLong seed) {

  public Sampling {
    require("temperature", temperature >= 0 && temperature <= 100, "0 to 100", temperature);
    require("top-k", topK >= 0, "0 or more", topK);
    require("top-p", topP > 0 && topP <= 1, "above 0 and up to 1", topP);
    require("min-p", minP >= 0 && minP < 1, "0 up to, but not, 1", minP);
    require(
        "repetition penalty",
        repetitionPenalty > 0 && repetitionPenalty <= 100,
        "above 0 and up to 100",
        repetitionPenalty);
    require("presence penalty", Math.abs(presencePenalty) <= 100, "-100 to 100", presencePenalty);
    require(
        "frequency penalty", Math.abs(frequencyPenalty) <= 100, "-100 to 100", frequencyPenalty);
  }

  private static void require(String name, boolean holds, String expected, double got) {
    if (!holds) {
      throw new ModelException(
          "set " + name, expected, String.valueOf(got), "choose another value");
    }
  }

  /** Always the likeliest token. */
  public static Sampling greedy() {
    return new Sampling(0, 0, 1, 0, 1, 0, 0, OptionalLong.empty());
  }

  /** Draws in proportion to the model's own probabilities. */
  public static Sampling plain() {
    return greedy().withTemperature(1);
  }

  /** Whether it takes the likeliest token, without randomness. */
  public boolean isGreedy() {
    return temperature < Float.MIN_NORMAL;
  }

  boolean penalises() {
    return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
  }

  /** With logits divided by this. */
  public Sampling withTemperature(double value) {
    return new Sampling(
        value, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
  }

  /** With the k likeliest only; 0 for all. */
  public Sampling withTopK(int value) {
    return new Sampling(
        temperature, value, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
  }

  /** With the likeliest that add up to this probability. */
  public Sampling withTopP(double value) {
    return new Sampling(
        temperature, topK, value, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
  }

  /** With those at least this likely compared to the likeliest. */
  public Sampling withMinP(double value) {
    return new Sampling(
        temperature, topK, topP, value, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
  }

  /** With tokens of prompt and answer less likely. */
  public Sampling withRepetitionPenalty(double value) {
    return new Sampling(
        temperature, topK, topP, minP, value, presencePenalty, frequencyPenalty, seed);
  }

  /** With this taken off the logits of the answer's tokens. */
  public Sampling withPresencePenalty(double value) {
    return new Sampling(
        temperature, topK, topP, minP, repetitionPenalty, value, frequencyPenalty, seed);
  }

  /** With this taken off for each time that a token is in the answer. */
  public Sampling withFrequencyPenalty(double value) {
    return new Sampling(
        temperature, topK, topP, minP, repetitionPenalty, presencePenalty, value, seed);
  }

  /** With random numbers that are the same each time. */
  public Sampling withSeed(long value) {
    return new Sampling(
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        OptionalLong.of(value));
  }
}
