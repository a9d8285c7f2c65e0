package deepseek.models.mistral;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.models.decoder.AttentionHeads;
import deepseek.models.decoder.CommonFields;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.LayerTypes;
import deepseek.models.decoder.RopeSettings;
import java.util.Map;

/**
 * Fields of a Mistral {@code config.json}, under their names there. {@code slidingWindow} 0 is for
 * null: no window. With {@code layer_types}, as Ministral has them, some layers see all tokens.
 */
public record MistralConfig(
    CommonFields common,
    AttentionHeads heads,
    int intermediateSize,
    RopeSettings rope,
    int slidingWindow,
    LayerTypes layerTypes)
    implements DecoderConfig {

  public MistralConfig {
    ConfigCheck.size("intermediate_size", intermediateSize);
    ConfigCheck.count("sliding_window", slidingWindow);
  }

  static MistralConfig read(ConfigJson config) {
    ConfigJson json =
        config.withDefaults(
            Map.of(
                "max_position_embeddings",
                131_072,
                "sliding_window",
                4096,
                "num_key_value_heads",
                8));
    CommonFields common = CommonFields.read(json);
    return new MistralConfig(
        common,
        AttentionHeads.read(json, common.hiddenSize()),
        json.size("intermediate_size"),
        RopeSettings.read(json, common.maxPositionEmbeddings()),
        json.countOr("sliding_window", 0),
        LayerTypes.read(json, common.numHiddenLayers(), new LayerTypes.Rule.All()));
  }

  /** Tokens that a layer sees; 0: all. */
  int window(int layer) {
    return layerTypes.slides(layer) ? slidingWindow : 0;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = common.toJson("MistralForCausalLM");
    heads.writeTo(json);
    json.put("intermediate_size", intermediateSize);
    rope.writeTo(json);
    json.put("sliding_window", slidingWindow == 0 ? null : slidingWindow);
    layerTypes.writeTo(json);
    return json;
  }
}
