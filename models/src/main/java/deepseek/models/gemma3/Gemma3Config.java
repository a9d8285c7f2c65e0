package deepseek.models.gemma3;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.models.decoder.AttentionHeads;
import deepseek.models.decoder.CommonFields;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.LayerTypes;
import deepseek.models.decoder.RopeSettings;
import deepseek.nn.Linear;
import deepseek.nn.attention.RopeScaling;
import java.util.Map;

/**
 * Fields of a Gemma 3 {@code config.json}, under their names there. {@code rope} rotates the heads
 * of layers that see all tokens, {@code ropeLocal} those of layers with a window.
 */
public record Gemma3Config(
    CommonFields common,
    AttentionHeads heads,
    int intermediateSize,
    RopeSettings rope,
    RopeSettings ropeLocal,
    double queryPreAttnScalar,
    int slidingWindow,
    LayerTypes layerTypes,
    Linear.Bias attentionBias)
    implements DecoderConfig {

  public Gemma3Config {
    ConfigCheck.size("intermediate_size", intermediateSize);
    ConfigCheck.positive("query_pre_attn_scalar", queryPreAttnScalar);
    ConfigCheck.count("sliding_window", slidingWindow);
  }

  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";

  // Published files leave out what equals these.
  private static final Map<String, ?> DEFAULTS =
      Map.ofEntries(
          Map.entry("vocab_size", 262_208),
          Map.entry("hidden_size", 2304),
          Map.entry("intermediate_size", 9216),
          Map.entry("num_hidden_layers", 26),
          Map.entry("num_attention_heads", 8),
          Map.entry("num_key_value_heads", 4),
          Map.entry("head_dim", 256),
          Map.entry("hidden_activation", "gelu_pytorch_tanh"),
          Map.entry("max_position_embeddings", 131_072),
          Map.entry("rope_theta", 1_000_000),
          Map.entry("rope_local_base_freq", 10_000),
          Map.entry("query_pre_attn_scalar", 256),
          Map.entry("sliding_window", 4096),
          Map.entry("sliding_window_pattern", 6),
          Map.entry("tie_word_embeddings", true));

  /** From a {@code gemma3_text} config, or the text part of a {@code gemma3} one. */
  static Gemma3Config read(ConfigJson whole) {
    ConfigJson text = whole.object("text_config").orElse(whole);
    ConfigJson json =
        text.withDefaults(
                whole.has("eos_token_id")
                    ? Map.of("eos_token_id", whole.json().get("eos_token_id"))
                    : Map.of())
            .withDefaults(DEFAULTS)
            .withDefaults(Map.of("model_type", "gemma3_text"));
    refuse(json, "attn_logit_softcapping");
    refuse(json, "final_logit_softcapping");
    json.requireFalse("use_bidirectional_attention", "choose a model that writes text");
    CommonFields common = CommonFields.read(json, "hidden_activation");
    int every = json.size("sliding_window_pattern");
    return new Gemma3Config(
        common,
        AttentionHeads.read(json, common.hiddenSize()),
        json.size("intermediate_size"),
        rope(json, FULL, "rope_theta"),
        rope(json, SLIDING, "rope_local_base_freq"),
        json.number("query_pre_attn_scalar"),
        json.countOr("sliding_window", 0),
        LayerTypes.read(json, common.numHiddenLayers(), new LayerTypes.Rule.AllButEvery(every)),
        Linear.Bias.when(json.flagOr("attention_bias", false)));
  }

  /** Per kind of layer in newer files; {@code rope_scaling} is for full layers only. */
  private static RopeSettings rope(ConfigJson json, String layerType, String thetaField) {
    ObjectNode rope =
        json.object("rope_parameters")
            .flatMap(byType -> byType.object(layerType))
            .map(ConfigJson::json)
            .orElseGet(() -> json.json().objectNode().put("rope_type", "default"))
            .deepCopy();
    if (layerType.equals(FULL)) {
      json.object("rope_scaling").ifPresent(scaling -> rope.setAll(scaling.json()));
    }
    // transformers looks for it next to the kinds of layers, where no file has it.
    rope.remove("truncate");
    return RopeSettings.ofRope(
        new ConfigJson(json.source(), rope).withDefaultsOf(json, "partial_rotary_factor"),
        json.number(thetaField),
        json.size("max_position_embeddings"));
  }

  private static void refuse(ConfigJson json, String field) {
    if (json.has(field)) {
      throw json.wrong(
          field, "null, as in Gemma 3", json.json().get(field) + "", "choose a Gemma 3 model");
    }
  }

  @Override
  public boolean sameFrequencies(int length, int other) {
    return rope.scaling().sameFrequencies(length, other)
        && ropeLocal.scaling().sameFrequencies(length, other);
  }

  int window(int layer) {
    return layerTypes.slides(layer) ? slidingWindow : 0;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = common.toJson("Gemma3ForCausalLM");
    json.set("hidden_activation", json.remove("hidden_act"));
    heads.writeTo(json);
    json.put("intermediate_size", intermediateSize);
    if (queryPreAttnScalar == Math.rint(queryPreAttnScalar)) {
      json.put("query_pre_attn_scalar", (long) queryPreAttnScalar);
    } else {
      json.put("query_pre_attn_scalar", queryPreAttnScalar);
    }
    json.put("sliding_window", slidingWindow == 0 ? null : slidingWindow);
    layerTypes.writeTo(json);
    json.put("attention_bias", attentionBias == Linear.Bias.ADDED);
    writeRope(json);
    return json;
  }

  private void writeRope(ObjectNode json) {
    if (ropeLocal.scaling() instanceof RopeScaling.None) {
      rope.writeTo(json);
      json.put("rope_local_base_freq", ropeLocal.theta());
    } else {
      ObjectNode byType = json.putObject("rope_parameters");
      byType.set(FULL, rope.toJson());
      byType.set(SLIDING, ropeLocal.toJson());
    }
  }
}
