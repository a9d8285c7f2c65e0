package deepseek.models.deepseek;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.models.decoder.CommonFields;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.RopeSettings;
import deepseek.nn.Linear;
import deepseek.nn.attention.LatentAttention;
import deepseek.nn.attention.RotaryEmbedding;
import deepseek.nn.moe.ExpertGroups;
import java.util.Map;
import java.util.Optional;

/** Fields of a DeepSeek-V2 or V3 {@code config.json}, under their names there. */
public record DeepseekLatentConfig(
    CommonFields common,
    int numAttentionHeads,
    Optional<Integer> qLoraRank,
    int kvLoraRank,
    int qkNopeHeadDim,
    int qkRopeHeadDim,
    int vHeadDim,
    Linear.Bias attentionBias,
    RopeSettings rope,
    RotaryEmbedding.Layout ropeLayout,
    MixtureFields mixture,
    Scoring scoring,
    ExpertGroups groups,
    double routedScalingFactor)
    implements DecoderConfig {

  public DeepseekLatentConfig {
    ConfigCheck.size("num_attention_heads", numAttentionHeads);
    qLoraRank.ifPresent(rank -> ConfigCheck.size("q_lora_rank", rank));
    ConfigCheck.size("kv_lora_rank", kvLoraRank);
    ConfigCheck.size("qk_nope_head_dim", qkNopeHeadDim);
    ConfigCheck.size("qk_rope_head_dim", qkRopeHeadDim);
    ConfigCheck.size("v_head_dim", vHeadDim);
    ConfigCheck.finite("routed_scaling_factor", routedScalingFactor);
  }

  /** How the router scores experts. */
  enum Scoring {
    SOFTMAX,
    SIGMOID
  }

  static DeepseekLatentConfig readV2(ConfigJson config) {
    ConfigJson json =
        config.withDefaults(
            Map.of(
                "max_position_embeddings", 2048,
                "topk_method", "greedy",
                "n_shared_experts", 2));
    json.requireText("scoring_func", "softmax");
    ExpertGroups groups =
        switch (json.text("topk_method")) {
          case "greedy" -> ExpertGroups.NONE;
          case "group_limited_greedy" -> groups(json);
          default ->
              throw json.wrong(
                  "topk_method",
                  "greedy or group_limited_greedy",
                  "'" + json.text("topk_method") + "'",
                  "choose a DeepSeek-V2 model");
        };
    MixtureFields mixture =
        MixtureFields.read(json, Linear.Bias.when(json.flagOr("mlp_bias", false)));
    return read(json, RotaryEmbedding.Layout.PAIRS, mixture, Scoring.SOFTMAX, groups);
  }

  static DeepseekLatentConfig readV3(ConfigJson config) {
    ConfigJson json =
        config.withDefaults(
            Map.of(
                "max_position_embeddings", 4096,
                "norm_topk_prob", true,
                "rope_interleave", true,
                "n_group", 8,
                "topk_group", 4,
                "n_shared_experts", 1,
                "first_k_dense_replace", 3,
                "routed_scaling_factor", 2.5));
    json.requireText("scoring_func", "sigmoid");
    json.requireText("topk_method", "noaux_tc");
    RotaryEmbedding.Layout layout =
        json.flagOr("rope_interleave", true)
            ? RotaryEmbedding.Layout.PAIRS
            : RotaryEmbedding.Layout.HALVES;
    return read(json, layout, MixtureFields.read(json), Scoring.SIGMOID, groups(json));
  }

  private static ExpertGroups groups(ConfigJson json) {
    return new ExpertGroups(json.size("n_group"), json.size("topk_group"));
  }

  private static DeepseekLatentConfig read(
      ConfigJson json,
      RotaryEmbedding.Layout layout,
      MixtureFields mixture,
      Scoring scoring,
      ExpertGroups groups) {
    CommonFields common = CommonFields.read(json);
    return new DeepseekLatentConfig(
        common,
        json.size("num_attention_heads"),
        json.optionalSize("q_lora_rank"),
        json.size("kv_lora_rank"),
        json.size("qk_nope_head_dim"),
        json.size("qk_rope_head_dim"),
        json.size("v_head_dim"),
        Linear.Bias.when(json.flagOr("attention_bias", false)),
        RopeSettings.read(json, common.maxPositionEmbeddings()),
        layout,
        mixture,
        scoring,
        groups,
        json.numberOr("routed_scaling_factor", 1));
  }

  LatentAttention.Settings attention() {
    // Scaled rotary positions flatten scores over long texts; this sharpens them again.
    double sharpness = rope.magnitudes().sharpness(rope.scaling().factor());
    return new LatentAttention.Settings(
        hiddenSize(),
        numAttentionHeads,
        qLoraRank,
        kvLoraRank,
        qkNopeHeadDim,
        qkRopeHeadDim,
        vHeadDim,
        sharpness / Math.sqrt((double) qkNopeHeadDim + qkRopeHeadDim),
        attentionBias);
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json =
        common.toJson(
            switch (scoring) {
              case SOFTMAX -> "DeepseekV2ForCausalLM";
              case SIGMOID -> "DeepseekV3ForCausalLM";
            });
    json.put("num_attention_heads", numAttentionHeads);
    json.put("num_key_value_heads", numAttentionHeads);
    json.put("q_lora_rank", qLoraRank.orElse(null));
    json.put("kv_lora_rank", kvLoraRank);
    json.put("qk_nope_head_dim", qkNopeHeadDim);
    json.put("qk_rope_head_dim", qkRopeHeadDim);
    json.put("v_head_dim", vHeadDim);
    json.put("attention_bias", attentionBias == Linear.Bias.ADDED);
    rope.writeTo(json);
    mixture.writeTo(json);
    json.put("n_group", groups.count());
    json.put("topk_group", groups.chosen());
    json.put("routed_scaling_factor", routedScalingFactor);
    switch (scoring) {
      case SOFTMAX ->
          json.put("scoring_func", "softmax")
              .put(
                  "topk_method",
                  groups.equals(ExpertGroups.NONE) ? "greedy" : "group_limited_greedy");
      case SIGMOID ->
          json.put("scoring_func", "sigmoid")
              .put("topk_method", "noaux_tc")
              .put("rope_interleave", ropeLayout == RotaryEmbedding.Layout.PAIRS);
    }
    return json;
  }
}
