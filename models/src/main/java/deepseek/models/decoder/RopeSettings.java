package deepseek.models.decoder;

import deepseek.models.ConfigJson;
import deepseek.nn.attention.RopeScaling;
import deepseek.nn.attention.RotaryEmbedding;
import java.util.List;

/**
 * Rotary settings as config.json files carry them: {@code rope_theta} with {@code rope_scaling}, or
 * both in {@code rope_parameters}.
 */
public record RopeSettings(double theta, RopeScaling scaling) {
  private static final double DEFAULT_THETA = 10_000;

  /** {@code maxPositions} is the context length that scalings without one of their own refer to. */
  public static RopeSettings read(ConfigJson config, int maxPositions) {
    return ofRope(nested(config), config.numberOr("rope_theta", DEFAULT_THETA), maxPositions);
  }

  /** {@code rope_parameters} or {@code rope_scaling}, an empty object where there is neither. */
  public static ConfigJson nested(ConfigJson config) {
    return config
        .object("rope_parameters")
        .or(() -> config.object("rope_scaling"))
        .orElse(new ConfigJson(config.source(), config.json().objectNode()));
  }

  /** Rotary positions for heads, or parts of heads, of this size. */
  public RotaryEmbedding embedding(int dim, RotaryEmbedding.Layout layout) {
    return new RotaryEmbedding(dim, theta, scaling, layout);
  }

  /** From the object that names the kind of scaling. */
  public static RopeSettings ofRope(ConfigJson rope, double defaultTheta, int maxPositions) {
    double theta = rope.numberOr("rope_theta", defaultTheta);
    String type =
        rope.optionalText("rope_type").or(() -> rope.optionalText("type")).orElse("default");
    RopeScaling scaling =
        switch (type) {
          case "default", "none" -> new RopeScaling.None();
          case "linear" -> new RopeScaling.Linear(rope.number("factor"));
          case "dynamic" ->
              new RopeScaling.Dynamic(rope.number("factor"), original(rope, maxPositions));
          case "llama3" ->
              new RopeScaling.Llama3(
                  rope.number("factor"),
                  rope.number("low_freq_factor"),
                  rope.number("high_freq_factor"),
                  rope.size("original_max_position_embeddings"));
          case "yarn" -> yarn(rope, maxPositions);
          case "factors" -> new RopeScaling.Divisors(floats(rope.numbers("factors")));
          default ->
              throw rope.wrong(
                  "rope_type",
                  "default, linear, dynamic, llama3 or yarn",
                  "'" + type + "'",
                  "choose a model with one of these");
        };
    return new RopeSettings(theta, scaling);
  }

  private static int original(ConfigJson rope, int maxPositions) {
    return rope.sizeOr("original_max_position_embeddings", maxPositions);
  }

  private static RopeScaling yarn(ConfigJson rope, int maxPositions) {
    int original = original(rope, maxPositions);
    double factor = rope.optionalNumber("factor").orElseGet(() -> (double) maxPositions / original);
    double attention =
        rope.optionalNumber("attention_factor")
            .orElseGet(
                () -> {
                  double mscale = rope.numberOr("mscale", 0);
                  double allDim = rope.numberOr("mscale_all_dim", 0);
                  return mscale != 0 && allDim != 0
                      ? RopeScaling.Yarn.magnitude(factor, mscale)
                          / RopeScaling.Yarn.magnitude(factor, allDim)
                      : RopeScaling.Yarn.magnitude(factor, 1);
                });
    return new RopeScaling.Yarn(
        factor,
        rope.numberOr("beta_fast", 32),
        rope.numberOr("beta_slow", 1),
        original,
        attention,
        rope.flagOr("truncate", true));
  }

  private static float[] floats(List<Double> numbers) {
    float[] out = new float[numbers.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = numbers.get(i).floatValue();
    }
    return out;
  }
}
