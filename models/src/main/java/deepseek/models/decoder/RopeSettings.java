package deepseek.models.decoder;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.nn.attention.RopeScaling;
import deepseek.nn.attention.RotaryEmbedding;
import java.util.List;

/**
 * Rotary settings as config.json files carry them: {@code rope_theta} with {@code rope_scaling}, or
 * both in {@code rope_parameters}. Read as transformers reads them.
 */
public record RopeSettings(double theta, RopeScaling scaling, Magnitudes magnitudes) {
  private static final double DEFAULT_THETA = 10_000;
  private static final String THETA = "rope_theta";
  private static final String SCALING = "rope_scaling";
  private static final String PARAMETERS = "rope_parameters";
  private static final String PARTIAL = "partial_rotary_factor";
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

    void writeTo(ObjectNode json) {
      if (mscale != 0) {
        json.put("mscale", mscale);
      }
      if (mscaleAllDim != 0) {
        json.put("mscale_all_dim", mscaleAllDim);
      }
    }

    /** What yarn multiplies cosines and sines by. */
    double attentionFactor(double factor) {
      return mscale != 0 && mscaleAllDim != 0
          ? RopeScaling.Yarn.magnitude(factor, mscale)
              / RopeScaling.Yarn.magnitude(factor, mscaleAllDim)
          : RopeScaling.Yarn.magnitude(factor, 1);
    }

    /** What scores are multiplied by, where positions are scaled by {@code factor}. */
    public double sharpness(double factor) {
      double magnitude = mscaleAllDim == 0 ? 1 : RopeScaling.Yarn.magnitude(factor, mscaleAllDim);
      return magnitude * magnitude;
    }
  }

  /**
   * Of a config whose layers all have one rotary embedding: {@code rope_scaling} where it says
   * something, else {@code rope_parameters}, and what either leaves out from the fields next to it.
   */
  public static RopeSettings read(ConfigJson config, int maxPositions) {
    ConfigJson rope =
        config
            .object(SCALING)
            .filter(scaling -> !scaling.json().isEmpty())
            .or(() -> config.object(PARAMETERS))
            .orElseGet(() -> empty(config));
    for (String layerType : List.of("full_attention", "sliding_attention")) {
      if (rope.has(layerType)) {
        throw rope.wrong(
            layerType,
            "absent",
            "an object",
            "choose a model whose layers all have one rotary embedding");
      }
    }
    // Published files have it there as a correction, so it goes before what is inside.
    if (config.has(ORIGINAL)) {
      ObjectNode corrected = rope.json().deepCopy();
      corrected.set(ORIGINAL, config.json().get(ORIGINAL));
      rope = new ConfigJson(config.source(), corrected);
    }
    return ofRope(
        rope.withDefaultsOf(config, PARTIAL), config.numberOr(THETA, DEFAULT_THETA), maxPositions);
  }

  private static ConfigJson empty(ConfigJson config) {
    return new ConfigJson(config.source(), config.json().objectNode());
  }

  /** Rotary positions for heads, or parts of heads, of this size. */
  public RotaryEmbedding embedding(int dim, RotaryEmbedding.Layout layout) {
    return new RotaryEmbedding(dim, theta, scaling, layout);
  }

  /**
   * From the object that names the kind of scaling. {@code maxPositions} is the context length that
   * scalings without one of their own refer to.
   */
  public static RopeSettings ofRope(ConfigJson rope, double defaultTheta, int maxPositions) {
    double theta = rope.numberOr(THETA, defaultTheta);
    String type = rope.optionalText(TYPE).or(() -> rope.optionalText("type")).orElse("default");
    if (type.equals("default") || type.equals("none")) {
      return new RopeSettings(theta, new RopeScaling.None(), Magnitudes.NONE);
    }
    // Without a scaling the families known here pass over it, as transformers does.
    if (rope.numberOr(PARTIAL, 1) != 1) {
      throw rope.wrong(
          PARTIAL,
          "1",
          rope.json().get(PARTIAL) + "",
          "choose a model whose whole heads are rotated");
    }
    Magnitudes magnitudes = Magnitudes.read(rope);
    int original = rope.sizeOr(ORIGINAL, maxPositions);
    RopeScaling scaling =
        switch (type) {
          case "linear" -> new RopeScaling.Linear(rope.number(FACTOR));
          case "dynamic" -> new RopeScaling.Dynamic(rope.number(FACTOR), maxPositions);
          case "llama3" ->
              new RopeScaling.Llama3(
                  rope.number(FACTOR),
                  rope.number("low_freq_factor"),
                  rope.number("high_freq_factor"),
                  original);
          case "yarn" -> yarn(rope, magnitudes, original, maxPositions);
          case "longrope" -> longRope(rope, original, maxPositions);
          default ->
              throw rope.wrong(
                  TYPE,
                  "default, linear, dynamic, llama3, yarn or longrope",
                  "'" + type + "'",
                  "choose a model with one of these");
        };
    return new RopeSettings(theta, scaling, magnitudes);
  }

  private static double factor(ConfigJson rope, int original, int maxPositions) {
    return rope.optionalNumber(FACTOR).orElseGet(() -> (double) maxPositions / original);
  }

  private static RopeScaling yarn(
      ConfigJson rope, Magnitudes magnitudes, int original, int maxPositions) {
    double factor = factor(rope, original, maxPositions);
    return new RopeScaling.Yarn(
        factor,
        rope.numberOr("beta_fast", 32),
        rope.numberOr("beta_slow", 1),
        original,
        rope.optionalNumber(ATTENTION_FACTOR).orElseGet(() -> magnitudes.attentionFactor(factor)),
        rope.flagOr("truncate", true));
  }

  private static RopeScaling longRope(ConfigJson rope, int original, int maxPositions) {
    double factor = factor(rope, original, maxPositions);
    return new RopeScaling.LongRope(
        factor,
        floats(rope, SHORT_FACTOR),
        floats(rope, LONG_FACTOR),
        original,
        rope.optionalNumber(ATTENTION_FACTOR)
            .orElseGet(() -> RopeScaling.LongRope.magnitude(factor, original)));
  }

  private static List<Float> floats(ConfigJson rope, String field) {
    return rope.numbers(field).stream().map(Double::floatValue).toList();
  }

  /** Adds what {@link #read} takes, by the names that older and newer programs read. */
  public void writeTo(ObjectNode json) {
    json.put(THETA, theta);
    ObjectNode rope = scalingJson();
    if (rope.isEmpty()) {
      json.putNull(SCALING);
    } else {
      json.set(SCALING, rope);
    }
  }

  /** Theta and scaling in one object, as {@link #ofRope} takes them. */
  public ObjectNode toJson() {
    ObjectNode rope = scalingJson();
    if (rope.isEmpty()) {
      rope.put(TYPE, "default");
    }
    return rope.put(THETA, theta);
  }

  /** Empty where nothing is scaled. */
  private ObjectNode scalingJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    switch (scaling) {
      case RopeScaling.None() -> {
        return json;
      }
      case RopeScaling.Linear _ -> json.put(TYPE, "linear");
      case RopeScaling.Dynamic _ -> json.put(TYPE, "dynamic");
      case RopeScaling.Llama3 llama3 ->
          json.put(TYPE, "llama3")
              .put("low_freq_factor", llama3.lowFreqFactor())
              .put("high_freq_factor", llama3.highFreqFactor())
              .put(ORIGINAL, llama3.originalMaxPositions());
      case RopeScaling.Yarn yarn -> writeYarn(json, yarn);
      case RopeScaling.LongRope rope -> {
        json.put(TYPE, "longrope")
            .put(ORIGINAL, rope.originalMaxPositions())
            .put(ATTENTION_FACTOR, rope.attentionFactor());
        rope.shortFactor().forEach(json.putArray(SHORT_FACTOR)::add);
        rope.longFactor().forEach(json.putArray(LONG_FACTOR)::add);
      }
    }
    json.put(FACTOR, scaling.factor());
    magnitudes.writeTo(json);
    return json;
  }

  private void writeYarn(ObjectNode json, RopeScaling.Yarn yarn) {
    json.put(TYPE, "yarn")
        .put("beta_fast", yarn.betaFast())
        .put("beta_slow", yarn.betaSlow())
        .put(ORIGINAL, yarn.originalMaxPositions());
    if (yarn.attentionFactor() != magnitudes.attentionFactor(yarn.factor())) {
      json.put(ATTENTION_FACTOR, yarn.attentionFactor());
    }
    if (!yarn.truncate()) {
      json.put("truncate", false);
    }
  }
}
