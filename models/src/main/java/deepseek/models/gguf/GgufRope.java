package deepseek.models.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.models.ModelException;
import deepseek.store.gguf.GgufFile;
import java.util.List;

/**
 * Rotary positions as llama.cpp reads them: scaled linearly where a file gives a factor and no kind
 * of scaling, and by a tensor of divisors where there is one.
 *
 * @param hasDivisors whether {@link #DIVISORS} is there and the architecture has a use for it
 */
record GgufRope(GgufSettings settings, GgufFile file, boolean hasDivisors) {
  /** A number for each pair of a head's elements. */
  static final String DIVISORS = "rope_freqs.weight";

  private static final String TYPE = "rope.scaling.type";

  /** Adds rope_theta and rope_scaling. */
  void writeTo(ObjectNode json, int rotated) {
    json.put("rope_theta", settings.real("rope.freq_base").orElse(10_000));
    String type = settings.text(TYPE).orElse("linear");
    settings.requireOneOf(
        "rope.scaling.attn_factor", List.of(1.0), "choose a model that scales frequencies alone");
    switch (type) {
      case "none" -> scale(json, rotated, 1);
      case "linear" -> scale(json, rotated, factor());
      case "yarn" -> yarn(json);
      default ->
          throw new ModelException(
              "open " + settings.fileName(),
              settings.prefix() + TYPE + " to be none, linear or yarn",
              "'" + type + "'",
              "choose a model with one of these");
    }
  }

  /** By its newer name or its older one; 0: none. */
  private double factor() {
    double factor =
        settings
            .real("rope.scaling.factor")
            .orElseGet(() -> settings.real("rope.scale_linear").orElse(0));
    return factor == 0 ? 1 : factor;
  }

  private void scale(ObjectNode json, int rotated, double factor) {
    if (hasDivisors) {
      divisors(json, rotated, factor);
    } else if (factor != 1) {
      json.putObject("rope_scaling").put("rope_type", "linear").put("factor", factor);
    }
  }

  private void divisors(ObjectNode json, int rotated, double factor) {
    List<Long> shape = file.info(DIVISORS).shape();
    if (!shape.equals(List.of(rotated / 2L))) {
      throw new ModelException(
          "open " + settings.fileName(),
          "'" + DIVISORS + "' of shape [" + rotated / 2 + "], half a head",
          shape.toString(),
          "convert the model again");
    }
    ObjectNode scaling = json.putObject("rope_scaling").put("rope_type", "longrope");
    scaling.put("original_max_position_embeddings", settings.size("context_length"));
    scaling.put("attention_factor", 1.0);
    ArrayNode factors = scaling.putArray("short_factor");
    try (var scope = Scope.open()) {
      for (float f : file.load(DIVISORS, DType.FLOAT32, Device.CPU).toFloats()) {
        factors.add(factor == 1 ? f : (float) (f * factor));
      }
    }
    scaling.set("long_factor", factors);
  }

  private void yarn(ObjectNode json) {
    if (hasDivisors) {
      throw new ModelException(
          "open " + settings.fileName(),
          "yarn scaling or '" + DIVISORS + "'",
          "both",
          "choose a model with one of them");
    }
    ObjectNode scaling = json.putObject("rope_scaling").put("rope_type", "yarn");
    scaling.put("factor", factor());
    settings
        .optionalSize("rope.scaling.original_context_length")
        .ifPresent(v -> scaling.put("original_max_position_embeddings", v));
    settings.real("rope.scaling.yarn_beta_fast").ifPresent(v -> scaling.put("beta_fast", v));
    settings.real("rope.scaling.yarn_beta_slow").ifPresent(v -> scaling.put("beta_slow", v));
    // llama.cpp multiplies by 0.1 where the paper has it in the formula.
    settings
        .real("rope.scaling.yarn_log_multiplier")
        .ifPresent(v -> scaling.put("mscale", v * 10).put("mscale_all_dim", v * 10));
  }
}
