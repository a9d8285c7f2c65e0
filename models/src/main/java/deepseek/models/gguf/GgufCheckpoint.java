package deepseek.models.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.models.ConfigJson;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufMetadata;
import java.nio.file.Path;
import java.util.OptionalDouble;

/** One GGUF file read as config.json and Hugging Face weights. */
public final class GgufCheckpoint {
  private static final String ROPE_FACTORS = "rope_freqs.weight";

  private final String fileName;
  private final GgufFile file;
  private final GgufArchitecture architecture;
  private final String prefix;

  /** Takes {@code file} over; it is closed with {@link #weights}. */
  public GgufCheckpoint(Path path, GgufFile file) {
    this.fileName = path.getFileName().toString();
    this.file = file;
    this.architecture = GgufArchitecture.of(fileName, file.metadata());
    this.prefix = architecture.ggufName + ".";
  }

  /** The tensors under their Hugging Face names, in their Hugging Face order of elements. */
  public Weights weights() {
    GgufMetadata m = file.metadata();
    long heads = m.requireWhole(prefix + "attention.head_count");
    long keyHeads = m.whole(prefix + "attention.head_count_kv").orElse(heads);
    return new GgufWeights(file, architecture, heads, keyHeads);
  }

  /** What config.json would say. */
  public ConfigJson config() {
    GgufMetadata m = file.metadata();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model_type", architecture.modelType);
    json.put("vocab_size", file.info("token_embd.weight").dims()[0]);
    json.put("hidden_size", m.requireWhole(prefix + "embedding_length"));
    json.put("intermediate_size", m.requireWhole(prefix + "feed_forward_length"));
    json.put("num_hidden_layers", m.requireWhole(prefix + "block_count"));
    long heads = m.requireWhole(prefix + "attention.head_count");
    json.put("num_attention_heads", heads);
    json.put("num_key_value_heads", m.whole(prefix + "attention.head_count_kv").orElse(heads));
    json.put("max_position_embeddings", m.requireWhole(prefix + "context_length"));
    real("attention.layer_norm_rms_epsilon").ifPresent(v -> json.put("rms_norm_eps", v));
    json.put("tie_word_embeddings", !file.names().contains("output.weight"));
    m.whole(prefix + "attention.sliding_window").ifPresent(v -> json.put("sliding_window", v));
    boolean biased = file.names().contains("blk.0.attn_q.bias");
    json.put("attention_bias", biased);
    m.whole("tokenizer.ggml.eos_token_id").ifPresent(v -> json.put("eos_token_id", v));
    switch (architecture) {
      case LLAMA, QWEN2, QWEN3 -> headSize(json);
      case GEMMA3 -> {
        headSize(json);
        queryScale(json);
      }
      case MIXTRAL -> {
        headSize(json);
        json.put("num_local_experts", whole("expert_count"));
        json.put("num_experts_per_tok", whole("expert_used_count"));
      }
      case DEEPSEEK -> {
        headSize(json);
        mixture(json);
        json.put("scoring_func", "softmax");
      }
      case DEEPSEEK_V2, DEEPSEEK_V3 -> {
        mixture(json);
        groups(json);
        latent(json);
      }
    }
    rope(json);
    return new ConfigJson(fileName, json);
  }

  private long whole(String key) {
    return file.metadata().requireWhole(prefix + key);
  }

  private void headSize(ObjectNode json) {
    file.metadata().whole(prefix + "attention.key_length").ifPresent(v -> json.put("head_dim", v));
  }

  /** Not in the file: the 27B model alone, known by its depth, scales by another size. */
  private void queryScale(ObjectNode json) {
    boolean largest = whole("block_count") == 62;
    long hidden = whole("embedding_length");
    json.put(
        "query_pre_attn_scalar",
        largest ? hidden / whole("attention.head_count") : whole("attention.key_length"));
  }

  private void mixture(ObjectNode json) {
    GgufMetadata m = file.metadata();
    json.put("n_routed_experts", whole("expert_count"));
    json.put("num_experts_per_tok", whole("expert_used_count"));
    json.put("moe_intermediate_size", whole("expert_feed_forward_length"));
    json.put("n_shared_experts", m.whole(prefix + "expert_shared_count").orElse(0));
    json.put("first_k_dense_replace", m.whole(prefix + "leading_dense_block_count").orElse(0));
    json.put("routed_scaling_factor", real("expert_weights_scale").orElse(1));
    json.put("norm_topk_prob", m.flag(prefix + "expert_weights_norm").orElse(false));
  }

  private void groups(ObjectNode json) {
    GgufMetadata m = file.metadata();
    boolean sigmoid = architecture == GgufArchitecture.DEEPSEEK_V3;
    long groups = m.whole(prefix + "expert_group_count").orElse(1);
    json.put("n_group", groups);
    json.put("topk_group", m.whole(prefix + "expert_group_used_count").orElse(1));
    json.put("scoring_func", sigmoid ? "sigmoid" : "softmax");
    String limited = groups > 1 ? "group_limited_greedy" : "greedy";
    json.put("topk_method", sigmoid ? "noaux_tc" : limited);
  }

  /** Newer files count heads and sizes as multi-query attention over the latent has them. */
  private void latent(ObjectNode json) {
    GgufMetadata m = file.metadata();
    long turned = whole("rope.dimension_count");
    long key =
        m.whole(prefix + "attention.key_length_mla").orElseGet(() -> whole("attention.key_length"));
    long value =
        m.whole(prefix + "attention.value_length_mla")
            .orElseGet(() -> whole("attention.value_length"));
    json.put("num_key_value_heads", whole("attention.head_count"));
    m.whole(prefix + "attention.q_lora_rank").ifPresent(v -> json.put("q_lora_rank", v));
    json.put("kv_lora_rank", whole("attention.kv_lora_rank"));
    json.put("qk_rope_head_dim", turned);
    json.put("qk_nope_head_dim", key - turned);
    json.put("v_head_dim", value);
  }

  /** Stored as a float; by its shortest decimal form, 1.0E-5 and not 9.999999747378752E-6. */
  private OptionalDouble real(String key) {
    OptionalDouble value = file.metadata().real(prefix + key);
    return value.isEmpty()
        ? value
        : OptionalDouble.of(Double.parseDouble(Float.toString((float) value.getAsDouble())));
  }

  private void rope(ObjectNode json) {
    GgufMetadata m = file.metadata();
    real("rope.freq_base").ifPresent(v -> json.put("rope_theta", v));
    if (file.names().contains(ROPE_FACTORS)) {
      ObjectNode scaling = json.putObject("rope_scaling").put("rope_type", "longrope");
      scaling.put("original_max_position_embeddings", whole("context_length"));
      scaling.put("attention_factor", 1.0);
      ArrayNode factors = scaling.putArray("short_factor");
      try (var scope = Scope.open()) {
        for (float f : file.load(ROPE_FACTORS, DType.FLOAT32, Device.CPU).toFloats()) {
          factors.add(f);
        }
      }
      scaling.set("long_factor", factors);
      return;
    }
    String type = m.text(prefix + "rope.scaling.type").orElse("none");
    if (type.equals("none")) {
      return;
    }
    ObjectNode scaling = json.putObject("rope_scaling").put("rope_type", type);
    real("rope.scaling.factor").ifPresent(v -> scaling.put("factor", v));
    m.whole(prefix + "rope.scaling.original_context_length")
        .ifPresent(v -> scaling.put("original_max_position_embeddings", v));
    real("rope.scaling.yarn_beta_fast").ifPresent(v -> scaling.put("beta_fast", v));
    real("rope.scaling.yarn_beta_slow").ifPresent(v -> scaling.put("beta_slow", v));
    // llama.cpp multiplies by 0.1 where the paper has it in the formula.
    real("rope.scaling.yarn_log_multiplier")
        .ifPresent(v -> scaling.put("mscale", v * 10).put("mscale_all_dim", v * 10));
  }
}
