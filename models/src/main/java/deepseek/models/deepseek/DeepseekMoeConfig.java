package deepseek.models.deepseek;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigJson;
import deepseek.models.decoder.AttentionHeads;
import deepseek.models.decoder.CommonFields;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.RopeSettings;
import deepseek.nn.Linear;
import java.util.Map;

/** Fields of a DeepSeek-MoE {@code config.json}, under their names there. */
public record DeepseekMoeConfig(
    CommonFields common,
    AttentionHeads heads,
    RopeSettings rope,
    Linear.Bias attentionBias,
    MixtureFields mixture)
    implements DecoderConfig {

  static DeepseekMoeConfig read(ConfigJson config) {
    ConfigJson json = config.withDefaults(Map.of("max_position_embeddings", 2048));
    json.requireText("scoring_func", "softmax");
    CommonFields common = CommonFields.read(json);
    return new DeepseekMoeConfig(
        common,
        AttentionHeads.read(json, common.hiddenSize()),
        RopeSettings.read(json, common.maxPositionEmbeddings()),
        Linear.Bias.when(json.flagOr("attention_bias", false)),
        MixtureFields.read(json));
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = common.toJson("DeepseekForCausalLM");
    heads.writeTo(json);
    rope.writeTo(json);
    json.put("attention_bias", attentionBias == Linear.Bias.ADDED);
    mixture.writeTo(json);
    json.put("scoring_func", "softmax");
    return json;
  }
}
