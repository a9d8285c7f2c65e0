package deepseek.models.decoder;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.nn.attention.RopeScaling;
import deepseek.nn.attention.RotaryEmbedding;
import java.util.List;

/**
 * Rotary settings as config.json files carry them: {@code rope_theta} with {@code rope_scaling}, or
 * both in {@code rope_parameters}. {@code magnitudes} are yarn's.
 */
public record RopeSettings(double theta, RopeScaling scaling, Magnitudes magnitudes) {
  private static final double DEFAULT_THETA = 10_000;
  private static final String THETA = "rope_theta";
  private static final String TYPE = "rope_type";
  private static final String FACTOR = "factor";
  private static final String ORIGINAL = "original_max_position_embeddings";
  private static final String ATTENTION_FACTOR = "attention_factor";
  private static final String LONG_FACTOR = "long_factor";
  private static final String SHORT_FACTOR = "short_factor";

  public RopeSettings {
    ConfigCheck.positive(THETA, theta);
  }

  /**
   * DeepSeek's corrections for stretched positions, 0 where there are none: together they set how
   * long rotated vectors become, {@code mscaleAllDim} alone how sharp its attention is.
   */
  public record Magnitudes(double mscale, double mscaleAllDim) {
    public static final Magnitudes NONE = new Magnitudes(0, 0);

    public Magnitudes {
      ConfigCheck.finite("mscale", mscale);
      ConfigCheck.finite("mscale_all_dim", mscaleAllDim);
    }

    static Magnitudes read(ConfigJson rope) {
      return new Magnitudes(rope.numberOr("mscale", 0), rope.numberOr("mscale_all_dim", 0));
    }

    double attentionFactor(double factor) {
      return mscale != 0 && mscaleAllDim != 0
          ? RopeScaling.Yarn.magnitude(factor, mscale)
              / RopeScaling.Yarn.magnitude(factor, mscaleAllDim)
          : RopeScaling.Yarn.magnitude(factor, 1);
    }
  }

  /** {@code maxPositions} is the context length that scalings without one of their own refer to. */
  public static RopeSettings read(ConfigJson config, int maxPositions) {
    ConfigJson nested =
        config
            .object("rope_parameters")
            .or(() -> config.object("rope_scaling"))
            .orElse(new ConfigJson(config.source(), config.json().objectNode()));
    return ofRope(nested, config.numberOr(THETA, DEFAULT_THETA), maxPositions);
  }

  /** Rotary positions for heads, or parts of heads, of this size. */
  public RotaryEmbedding embedding(int dim, RotaryEmbedding.Layout layout) {
    return new RotaryEmbedding(dim, theta, scaling, layout);
  }

  /** From the object that names the kind of scaling. */
  public static RopeSettings ofRope(ConfigJson rope, double defaultTheta, int maxPositions) {
    double theta = rope.numberOr(THETA, defaultTheta);
    String type = rope.optionalText(TYPE).or(() -> rope.optionalText("type")).orElse("default");
    return switch (type) {
      case "default", "none" -> plain(theta, new RopeScaling.None());
      case "linear" -> plain(theta, new RopeScaling.Linear(rope.number(FACTOR)));
      case "dynamic" ->
          plain(theta, new RopeScaling.Dynamic(rope.number(FACTOR), original(rope, maxPositions)));
      case "llama3" ->
          plain(
              theta,
              new RopeScaling.Llama3(
                  rope.number(FACTOR),
                  rope.number("low_freq_factor"),
                  rope.number("high_freq_factor"),
                  rope.size(ORIGINAL)));
      case "yarn" -> yarn(rope, theta, maxPositions);
      case "longrope" -> plain(theta, divisors(rope));
      default ->
          throw rope.wrong(
              TYPE,
              "default, linear, dynamic, llama3, yarn or longrope",
              "'" + type + "'",
              "choose a model with one of these");
    };
  }

  private static RopeSettings plain(double theta, RopeScaling scaling) {
    return new RopeSettings(theta, scaling, Magnitudes.NONE);
  }

  private static int original(ConfigJson rope, int maxPositions) {
    return rope.sizeOr(ORIGINAL, maxPositions);
  }

  private static RopeSettings yarn(ConfigJson rope, double theta, int maxPositions) {
    int original = original(rope, maxPositions);
    double factor = rope.optionalNumber(FACTOR).orElseGet(() -> (double) maxPositions / original);
    Magnitudes magnitudes = Magnitudes.read(rope);
    double attention =
        rope.optionalNumber(ATTENTION_FACTOR).orElseGet(() -> magnitudes.attentionFactor(factor));
    var scaling =
        new RopeScaling.Yarn(
            factor,
            rope.numberOr("beta_fast", 32),
            rope.numberOr("beta_slow", 1),
            original,
            attention,
            rope.flagOr("truncate", true));
    return new RopeSettings(theta, scaling, magnitudes);
  }

  /** Of longrope the part that a GGUF file can say: the same divisors for texts of any length. */
  private static RopeScaling divisors(ConfigJson rope) {
    List<Double> divisors = rope.numbers(SHORT_FACTOR);
    if (!divisors.equals(rope.numbers(LONG_FACTOR)) || rope.number(ATTENTION_FACTOR) != 1) {
      throw rope.wrong(
          LONG_FACTOR,
          "the same as short_factor, and attention_factor 1",
          "others",
          "choose a model without longrope, or a GGUF file of it");
    }
    return new RopeScaling.Divisors(divisors.stream().map(Double::floatValue).toList());
  }

  /** Adds what {@link #read} takes, by the names that older and newer programs read. */
  public void writeTo(ObjectNode json, int maxPositions) {
    json.put(THETA, theta);
    ObjectNode rope = scalingJson(maxPositions);
    if (rope.isEmpty()) {
      json.putNull("rope_scaling");
    } else {
      json.set("rope_scaling", rope);
    }
  }

  /** Theta and scaling in one object, as {@link #ofRope} takes them. */
  public ObjectNode toJson(int maxPositions) {
    ObjectNode rope = scalingJson(maxPositions);
    if (rope.isEmpty()) {
      rope.put(TYPE, "default");
    }
    return rope.put(THETA, theta);
  }

  /** Empty where nothing is scaled. */
  private ObjectNode scalingJson(int maxPositions) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    return switch (scaling) {
      case RopeScaling.None() -> json;
      case RopeScaling.Linear(double factor) -> json.put(TYPE, "linear").put(FACTOR, factor);
      case RopeScaling.Dynamic(double factor, int original) -> {
        json.put(TYPE, "dynamic").put(FACTOR, factor);
        yield original == maxPositions ? json : json.put(ORIGINAL, original);
      }
      case RopeScaling.Llama3 llama3 ->
          json.put(TYPE, "llama3")
              .put(FACTOR, llama3.factor())
              .put("low_freq_factor", llama3.lowFreqFactor())
              .put("high_freq_factor", llama3.highFreqFactor())
              .put(ORIGINAL, llama3.originalMaxPositions());
      case RopeScaling.Yarn yarn -> yarnJson(json, yarn);
      case RopeScaling.Divisors(List<Float> divisors) -> {
        json.put(TYPE, "longrope").put(ORIGINAL, maxPositions).put(ATTENTION_FACTOR, 1.0);
        ArrayNode shortFactor = json.putArray(SHORT_FACTOR);
        ArrayNode longFactor = json.putArray(LONG_FACTOR);
        divisors.forEach(d -> shortFactor.add(d));
        divisors.forEach(d -> longFactor.add(d));
        yield json;
      }
    };
  }

  private ObjectNode yarnJson(ObjectNode json, RopeScaling.Yarn yarn) {
    json.put(TYPE, "yarn")
        .put(FACTOR, yarn.factor())
        .put("beta_fast", yarn.betaFast())
        .put("beta_slow", yarn.betaSlow())
        .put(ORIGINAL, yarn.originalMaxPositions());
    if (magnitudes.mscale() != 0) {
      json.put("mscale", magnitudes.mscale());
    }
    if (magnitudes.mscaleAllDim() != 0) {
      json.put("mscale_all_dim", magnitudes.mscaleAllDim());
    }
    if (yarn.attentionFactor() != magnitudes.attentionFactor(yarn.factor())) {
      json.put(ATTENTION_FACTOR, yarn.attentionFactor());
    }
    return yarn.truncate() ? json : json.put("truncate", false);
  }
}
