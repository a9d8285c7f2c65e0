package deepseek.models.qwenmoe;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fields of a Qwen2-MoE or Qwen3-MoE {@code config.json}, under their names there. {@code
 * sharedExpertIntermediateSize} is empty for Qwen3, which has no shared expert.
 */
public record QwenMoeConfig(
    CommonFields common,
    AttentionHeads heads,
    RopeSettings rope,
    Generation generation,
    Linear.Bias inputBias,
    Linear.Bias outputBias,
    SlidingWindow window,
    int intermediateSize,
    int moeIntermediateSize,
    Optional<Integer> sharedExpertIntermediateSize,
    int numExperts,
    int numExpertsPerTok,
    boolean normTopkProb,
    int decoderSparseStep,
    List<Integer> mlpOnlyLayers)
    implements DecoderConfig {

  public QwenMoeConfig {
    ConfigCheck.size("intermediate_size", intermediateSize);
    ConfigCheck.size("moe_intermediate_size", moeIntermediateSize);
    sharedExpertIntermediateSize.ifPresent(
        size -> ConfigCheck.size("shared_expert_intermediate_size", size));
    ConfigCheck.size("num_experts", numExperts);
    ConfigCheck.size("num_experts_per_tok", numExpertsPerTok);
    ConfigCheck.size("decoder_sparse_step", decoderSparseStep);
    mlpOnlyLayers = List.copyOf(mlpOnlyLayers);
  }

  /** What the generations do differently in attention. */
  enum Generation {
    QWEN2,
    /** Queries and keys are normed over each head. */
    QWEN3
  }

  static QwenMoeConfig readQwen2(ConfigJson config) {
    ConfigJson json =
        config.withDefaults(
            Map.of(
                "max_position_embeddings", 32_768,
                "sliding_window", 4096,
                "max_window_layers", 28,
                "num_experts_per_tok", 4,
                "qkv_bias", true));
    int maxWindowLayers = json.countOr("max_window_layers", 0);
    return read(
        json,
        Generation.QWEN2,
        Linear.Bias.when(json.flagOr("qkv_bias", true)),
        Linear.Bias.NONE,
        Optional.of(json.size("shared_expert_intermediate_size")),
        SlidingWindow.read(
            json, json.size("num_hidden_layers"), new LayerTypes.Rule.EvenBelow(maxWindowLayers)));
  }

  static QwenMoeConfig readQwen3(ConfigJson config) {
    ConfigJson json =
        config.withDefaults(
            Map.of(
                "max_position_embeddings", 32_768,
                "sliding_window", 4096,
                "num_experts_per_tok", 8));
    Linear.Bias bias = Linear.Bias.when(json.flagOr("attention_bias", false));
    return read(
        json, Generation.QWEN3, bias, bias, Optional.empty(), SlidingWindow.everywhere(json));
  }

  private static QwenMoeConfig read(
      ConfigJson json,
      Generation generation,
      Linear.Bias inputBias,
      Linear.Bias outputBias,
      Optional<Integer> sharedSize,
      SlidingWindow window) {
    CommonFields common = CommonFields.read(json);
    return new QwenMoeConfig(
        common,
        AttentionHeads.read(json, common.hiddenSize()),
        RopeSettings.read(json, common.maxPositionEmbeddings()),
        generation,
        inputBias,
        outputBias,
        window,
        json.size("intermediate_size"),
        json.size("moe_intermediate_size"),
        sharedSize,
        json.optionalSize("num_local_experts").orElseGet(() -> json.size("num_experts")),
        json.size("num_experts_per_tok"),
        json.flagOr("norm_topk_prob", false),
        json.sizeOr("decoder_sparse_step", 1),
        json.ids("mlp_only_layers"));
  }

  boolean isMixture(int layer) {
    return !mlpOnlyLayers.contains(layer) && (layer + 1) % decoderSparseStep == 0;
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json =
        common.toJson(
            switch (generation) {
              case QWEN2 -> "Qwen2MoeForCausalLM";
              case QWEN3 -> "Qwen3MoeForCausalLM";
            });
    heads.writeTo(json);
    rope.writeTo(json);
    String bias =
        switch (generation) {
          case QWEN2 -> "qkv_bias";
          case QWEN3 -> "attention_bias";
        };
    json.put(bias, inputBias == Linear.Bias.ADDED);
    window.writeTo(json);
    json.put("intermediate_size", intermediateSize);
    json.put("moe_intermediate_size", moeIntermediateSize);
    sharedExpertIntermediateSize.ifPresent(
        size -> json.put("shared_expert_intermediate_size", size));
    json.put("num_experts", numExperts);
    json.put("num_experts_per_tok", numExpertsPerTok);
    json.put("norm_topk_prob", normTopkProb);
    json.put("decoder_sparse_step", decoderSparseStep);
    mlpOnlyLayers.forEach(json.putArray("mlp_only_layers")::add);
    return json;
  }
}
