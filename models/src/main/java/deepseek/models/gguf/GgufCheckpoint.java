package deepseek.models.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufMetadata;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** One GGUF file read as config.json and Hugging Face weights. */
public final class GgufCheckpoint {
  private static final String ROPE_FACTORS = "rope_freqs.weight";

  /** Sentence-transformers' names of llama.cpp's pooling types from 1. */
  private static final List<String> POOLING = List.of("mean", "cls", "lasttoken");

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
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model_type", architecture.modelType);
    json.put("vocab_size", rows("token_embd.weight"));
    json.put("hidden_size", whole("embedding_length"));
    json.put("intermediate_size", whole("feed_forward_length"));
    json.put("num_hidden_layers", whole("block_count"));
    json.put("num_attention_heads", whole("attention.head_count"));
    switch (architecture) {
      case BERT -> encoder(json);
      case LLAMA, QWEN2, QWEN3 -> headed(json);
      case GEMMA3 -> {
        headed(json);
        queryScale(json);
      }
      case MIXTRAL -> {
        headed(json);
        json.put("num_local_experts", whole("expert_count"));
        json.put("num_experts_per_tok", whole("expert_used_count"));
      }
      case QWEN2_MOE -> {
        headed(json);
        json.set("qkv_bias", json.get("attention_bias"));
        experts(json);
        json.put("norm_topk_prob", false);
        json.put("shared_expert_intermediate_size", size("ffn_gate_shexp.weight", 2, 0));
      }
      case QWEN3_MOE -> {
        headed(json);
        experts(json);
        json.put("norm_topk_prob", true);
      }
      case DEEPSEEK -> {
        headed(json);
        mixture(json);
        json.put("scoring_func", "softmax");
      }
      case DEEPSEEK_V2, DEEPSEEK_V3 -> {
        decoder(json);
        mixture(json);
        groups(json);
        latent(json);
      }
    }
    return new ConfigJson(fileName, json);
  }

  private void encoder(ObjectNode json) {
    json.put("max_position_embeddings", rows("position_embd.weight"));
    String types = "token_types.weight";
    json.put("type_vocab_size", file.info(types).shape().size() == 1 ? 1 : rows(types));
    json.put("layer_norm_eps", real("attention.layer_norm_epsilon").orElse(1e-12));
    json.put("hidden_act", "gelu");
  }

  /**
   * How an encoder's token vectors become one, in the words of sentence-transformers' pooling
   * config; empty where the file doesn't say.
   */
  public Optional<ConfigJson> pooling() {
    String key = prefix + "pooling_type";
    long type = file.metadata().whole(key).orElse(0);
    if (type == 0) {
      return Optional.empty();
    }
    if (type < 0 || type > POOLING.size()) {
      throw new ModelException(
          "open " + fileName,
          key + " to be 1 (mean), 2 (first token) or 3 (last token)",
          String.valueOf(type),
          "choose a model made for embeddings");
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("pooling_mode", POOLING.get((int) type - 1));
    return Optional.of(new ConfigJson(fileName, json));
  }

  private void decoder(ObjectNode json) {
    GgufMetadata m = file.metadata();
    long heads = whole("attention.head_count");
    json.put("num_key_value_heads", m.whole(prefix + "attention.head_count_kv").orElse(heads));
    json.put("max_position_embeddings", whole("context_length"));
    real("attention.layer_norm_rms_epsilon").ifPresent(v -> json.put("rms_norm_eps", v));
    json.put("tie_word_embeddings", !file.names().contains("output.weight"));
    m.whole(prefix + "attention.sliding_window").ifPresent(v -> json.put("sliding_window", v));
    boolean biased = file.names().contains("blk.0.attn_q.bias");
    json.put("attention_bias", biased);
    m.whole("tokenizer.ggml.eos_token_id").ifPresent(v -> json.put("eos_token_id", v));
    rope(json);
  }

  private long rows(String tensor) {
    List<Long> shape = file.info(tensor).shape();
    if (shape.size() != 2) {
      throw new ModelException(
          "open " + fileName,
          "a table [rows, D] in '" + tensor + "'",
          "shape " + shape,
          "convert the model again");
    }
    return shape.getFirst();
  }

  private long whole(String key) {
    return file.metadata().requireWhole(prefix + key);
  }

  /** A decoder whose heads have keys and values of their own. */
  private void headed(ObjectNode json) {
    decoder(json);
    file.metadata().whole(prefix + "attention.key_length").ifPresent(v -> json.put("head_dim", v));
  }

  /** One size of a layer's tensor of this name and rank, whichever layer has it. */
  private long size(String suffix, int rank, int dim) {
    return file.names().stream()
        .filter(name -> name.endsWith("." + suffix))
        .map(name -> file.info(name).shape())
        .filter(shape -> shape.size() == rank)
        .findFirst()
        .orElseThrow(() -> Weights.missing(fileName, "blk.*." + suffix, file.names()))
        .get(dim);
  }

  /** Qwen's mixture, with a list of the layers that are none. */
  private void experts(ObjectNode json) {
    json.put("num_experts", whole("expert_count"));
    json.put("num_experts_per_tok", whole("expert_used_count"));
    json.put("moe_intermediate_size", size("ffn_gate_exps.weight", 3, 1));
    ArrayNode plain = json.putArray("mlp_only_layers");
    Set<String> names = file.names();
    for (int i = 0; names.contains("blk." + i + ".attn_norm.weight"); i++) {
      if (!names.contains("blk." + i + ".ffn_gate_inp.weight")) {
        plain.add(i);
      }
    }
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
