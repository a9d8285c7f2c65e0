package deepseek.models.qwen3;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.models.decoder.AttentionHeads;
import deepseek.models.decoder.CommonFields;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.LayerTypes;
import deepseek.models.decoder.RopeSettings;
import deepseek.models.decoder.SlidingWindow;
import deepseek.nn.Linear;
import java.util.Map;

/** Fields of a Qwen3 {@code config.json}, under their names there. */
public record Qwen3Config(
    CommonFields common,
    AttentionHeads heads,
    int intermediateSize,
    RopeSettings rope,
    Linear.Bias attentionBias,
    SlidingWindow window)
    implements DecoderConfig {

  public Qwen3Config {
    ConfigCheck.size("intermediate_size", intermediateSize);
  }

  static Qwen3Config read(ConfigJson config) {
    ConfigJson json =
        config.withDefaults(
            Map.of(
                "max_position_embeddings",
                32_768,
                "sliding_window",
                4096,
                "max_window_layers",
                28,
                "head_dim",
                128));
    CommonFields common = CommonFields.read(json);
    int maxWindowLayers = json.countOr("max_window_layers", 0);
    return new Qwen3Config(
        common,
        AttentionHeads.read(json, common.hiddenSize()),
        json.size("intermediate_size"),
        RopeSettings.read(json, common.maxPositionEmbeddings()),
        Linear.Bias.when(json.flagOr("attention_bias", false)),
        SlidingWindow.read(
            json, common.numHiddenLayers(), new LayerTypes.Rule.From(maxWindowLayers)));
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = common.toJson("Qwen3ForCausalLM");
    heads.writeTo(json);
    json.put("intermediate_size", intermediateSize);
    rope.writeTo(json);
    json.put("attention_bias", attentionBias == Linear.Bias.ADDED);
    window.writeTo(json);
    return json;
  }
}
