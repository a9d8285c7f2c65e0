package deepseek.models.llama;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.models.decoder.AttentionHeads;
import deepseek.models.decoder.CommonFields;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.RopeSettings;
import deepseek.nn.Linear;
import java.util.Map;

/** Fields of a Llama {@code config.json}, under their names there. */
public record LlamaConfig(
    CommonFields common,
    AttentionHeads heads,
    int intermediateSize,
    RopeSettings rope,
    Linear.Bias attentionBias,
    Linear.Bias mlpBias)
    implements DecoderConfig {

  public LlamaConfig {
    ConfigCheck.size("intermediate_size", intermediateSize);
  }

  static LlamaConfig read(ConfigJson config) {
    ConfigJson json = config.withDefaults(Map.of("max_position_embeddings", 2048));
    CommonFields common = CommonFields.read(json);
    return new LlamaConfig(
        common,
        AttentionHeads.read(json, common.hiddenSize()),
        json.size("intermediate_size"),
        RopeSettings.read(json, common.maxPositionEmbeddings()),
        Linear.Bias.when(json.flagOr("attention_bias", false)),
        Linear.Bias.when(json.flagOr("mlp_bias", false)));
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = common.toJson("LlamaForCausalLM");
    heads.writeTo(json);
    json.put("intermediate_size", intermediateSize);
    rope.writeTo(json);
    json.put("attention_bias", attentionBias == Linear.Bias.ADDED);
    json.put("mlp_bias", mlpBias == Linear.Bias.ADDED);
    return json;
  }
}
