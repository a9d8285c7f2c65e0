package deepseek.models.mixtral;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.models.decoder.AttentionHeads;
import deepseek.models.decoder.CommonFields;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.RopeSettings;
import java.util.Map;

/**
 * Fields of a Mixtral {@code config.json}, under their names there. {@code slidingWindow} 0 is for
 * null: no window.
 */
public record MixtralConfig(
    CommonFields common,
    AttentionHeads heads,
    int intermediateSize,
    RopeSettings rope,
    int slidingWindow,
    int numLocalExperts,
    int numExpertsPerTok)
    implements DecoderConfig {

  public MixtralConfig {
    ConfigCheck.size("intermediate_size", intermediateSize);
    ConfigCheck.count("sliding_window", slidingWindow);
    ConfigCheck.size("num_local_experts", numLocalExperts);
    ConfigCheck.size("num_experts_per_tok", numExpertsPerTok);
  }

  static MixtralConfig read(ConfigJson config) {
    ConfigJson json =
        config.withDefaults(
            Map.of(
                "max_position_embeddings", 131_072,
                "num_key_value_heads", 8,
                "rms_norm_eps", 1e-5,
                "rope_theta", 1_000_000,
                "num_local_experts", 8,
                "num_experts_per_tok", 2));
    CommonFields common = CommonFields.read(json);
    return new MixtralConfig(
        common,
        AttentionHeads.read(json, common.hiddenSize()),
        json.size("intermediate_size"),
        RopeSettings.read(json, common.maxPositionEmbeddings()),
        json.countOr("sliding_window", 0),
        json.size("num_local_experts"),
        json.size("num_experts_per_tok"));
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = common.toJson("MixtralForCausalLM");
    heads.writeTo(json);
    json.put("intermediate_size", intermediateSize);
    rope.writeTo(json);
    json.put("sliding_window", slidingWindow == 0 ? null : slidingWindow);
    json.put("num_local_experts", numLocalExperts);
    json.put("num_experts_per_tok", numExpertsPerTok);
    return json;
  }
}
