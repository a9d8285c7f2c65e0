package deepseek.models.generate;

import deepseek.models.ModelException;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;

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
 * @param logitBias added to the logits of these token ids, before all else; negative infinity
 *     forbids one
 */
public record Sampling(
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    double presencePenalty,
    double frequencyPenalty,
    OptionalLong seed,
    Map<Integer, Double> logitBias) {

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
    logitBias = Map.copyOf(logitBias);
    logitBias.forEach(
        (id, bias) ->
            require(
                "logit bias of token " + id,
                Math.abs(bias) <= 1000 || bias == Double.NEGATIVE_INFINITY,
                "-1000 to 1000, or negative infinity",
                bias));
  }

  private static void require(String name, boolean holds, String expected, double got) {
    if (!holds) {
      throw new ModelException(
          "set " + name, expected, String.valueOf(got), "choose another value");
    }
  }

  /** Always the likeliest token. */
  public static Sampling greedy() {
    return new Sampling(0, 0, 1, 0, 1, 0, 0, OptionalLong.empty(), Map.of());
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

  /** Whether the logits are changed before they are compared. */
  boolean changesLogits() {
    return penalises() || !logitBias.isEmpty();
  }

  /** With logits divided by this. */
  public Sampling withTemperature(double value) {
    return change(c -> c.temperature = value);
  }

  /** With the k likeliest only; 0 for all. */
  public Sampling withTopK(int value) {
    return change(c -> c.topK = value);
  }

  /** With the likeliest that add up to this probability. */
  public Sampling withTopP(double value) {
    return change(c -> c.topP = value);
  }

  /** With those at least this likely compared to the likeliest. */
  public Sampling withMinP(double value) {
    return change(c -> c.minP = value);
  }

  /** With tokens of prompt and answer less likely. */
  public Sampling withRepetitionPenalty(double value) {
    return change(c -> c.repetitionPenalty = value);
  }

  /** With this taken off the logits of the answer's tokens. */
  public Sampling withPresencePenalty(double value) {
    return change(c -> c.presencePenalty = value);
  }

  /** With this taken off for each time that a token is in the answer. */
  public Sampling withFrequencyPenalty(double value) {
    return change(c -> c.frequencyPenalty = value);
  }

  /** With random numbers that are the same each time. */
  public Sampling withSeed(long value) {
    return change(c -> c.seed = OptionalLong.of(value));
  }

  /** With these added to the logits of the tokens. */
  public Sampling withLogitBias(Map<Integer, Double> value) {
    return change(c -> c.logitBias = value);
  }

  private Sampling change(Consumer<Changes> change) {
    Changes c = new Changes(this);
    change.accept(c);
    return new Sampling(
        c.temperature,
        c.topK,
        c.topP,
        c.minP,
        c.repetitionPenalty,
        c.presencePenalty,
        c.frequencyPenalty,
        c.seed,
        c.logitBias);
  }

  /** The values of one that is to be made. */
  private static final class Changes {
    private double temperature;
    private int topK;
    private double topP;
    private double minP;
    private double repetitionPenalty;
    private double presencePenalty;
    private double frequencyPenalty;
    private OptionalLong seed;
    private Map<Integer, Double> logitBias;

    Changes(Sampling from) {
      temperature = from.temperature;
      topK = from.topK;
      topP = from.topP;
      minP = from.minP;
      repetitionPenalty = from.repetitionPenalty;
      presencePenalty = from.presencePenalty;
      frequencyPenalty = from.frequencyPenalty;
      seed = from.seed;
      logitBias = from.logitBias;
    }
  }
}
