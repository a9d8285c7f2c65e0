package deepseek.models.llama;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.AttentionHeads;
import deepseek.models.decoder.CommonFields;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.RopeSettings;
import deepseek.nn.Linear;

/** Fields of a Llama {@code config.json}, under their names there. */
public record LlamaConfig(
    CommonFields common,
    AttentionHeads heads,
    int intermediateSize,
    RopeSettings rope,
    Linear.Bias attentionBias,
    Linear.Bias mlpBias)
    implements DecoderConfig {

  static LlamaConfig read(ConfigJson json) {
    CommonFields common = CommonFields.read(json, CommonFields.Defaults.silu(2048));
    return new LlamaConfig(
        common,
        AttentionHeads.read(json, common.hiddenSize()),
        json.size("intermediate_size"),
        RopeSettings.read(json, 10_000, common.maxPositionEmbeddings()),
        Linear.Bias.when(json.flagOr("attention_bias", false)),
        Linear.Bias.when(json.flagOr("mlp_bias", false)));
  }
}
