package deepseek.models.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One GGUF file read as config.json and Hugging Face weights. */
public final class GgufCheckpoint {
  /** Sentence-transformers' names of llama.cpp's pooling types from 1. */
  private static final List<String> POOLING = List.of("mean", "cls", "lasttoken");

  private final String fileName;
  private final GgufFile file;
  private final GgufArchitecture architecture;
  private final GgufSettings settings;

  /** Takes ownership of {@code file}; it is closed with {@link #weights}. */
  public GgufCheckpoint(Path path, GgufFile file) {
    this.fileName = path.getFileName().toString();
    this.file = file;
    this.architecture = GgufArchitecture.of(fileName, file.metadata());
    this.settings = new GgufSettings(fileName, architecture.ggufName + ".", file.metadata());
  }

  /** The tensors under their Hugging Face names, in their Hugging Face order of elements. */
  public Weights weights() {
    return new GgufWeights(file, architecture, heads(), keyHeads());
  }

  /** What config.json would say. */
  public ConfigJson config() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model_type", architecture.modelType);
    json.put("vocab_size", rows("token_embd.weight"));
    json.put("hidden_size", settings.size("embedding_length"));
    json.put("intermediate_size", settings.sizeOfLayers("feed_forward_length"));
    json.put("num_hidden_layers", layers());
    json.put("num_attention_heads", heads());
    switch (architecture) {
      case BERT -> encoder(json);
      case LLAMA, QWEN2, QWEN3 -> headed(json);
      case GEMMA3 -> {
        headed(json);
        queryScale(json);
        windows(json);
      }
      case MIXTRAL -> {
        headed(json);
        json.putNull("sliding_window");
        json.put("num_local_experts", settings.size("expert_count"));
        json.put("num_experts_per_tok", settings.sizeOfLayers("expert_used_count"));
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
        settings.requireOneOf(
            "expert_weights_scale", List.of(0.0, 1.0), "choose a DeepSeek-MoE model");
        json.put("norm_topk_prob", false);
        json.put("scoring_func", "softmax");
      }
      case DEEPSEEK_V2, DEEPSEEK_V3 -> {
        latent(json);
        mixture(json);
        groups(json);
      }
    }
    return new ConfigJson(fileName, json);
  }

  private int heads() {
    return settings.sizeOfLayers("attention.head_count");
  }

  private int keyHeads() {
    String key = "attention.head_count_kv";
    return settings.has(key) ? settings.sizeOfLayers(key) : heads();
  }

  /** Without those that predict further tokens. */
  private int layers() {
    int all = settings.size("block_count");
    int further = settings.count("nextn_predict_layers");
    if (further >= all) {
      throw settings.wrong(
          "nextn_predict_layers", "less than block_count " + all, String.valueOf(further));
    }
    return all - further;
  }

  private void requireAttention(boolean causal) {
    boolean said = file.metadata().flag(settings.prefix() + "attention.causal").orElse(causal);
    if (said != causal) {
      throw settings.wrong("attention.causal", String.valueOf(causal), String.valueOf(said));
    }
  }

  private void encoder(ObjectNode json) {
    requireAttention(false);
    json.put("max_position_embeddings", rows("position_embd.weight"));
    String types = "token_types.weight";
    json.put("type_vocab_size", file.info(types).shape().size() == 1 ? 1 : rows(types));
    json.put("layer_norm_eps", settings.requireReal("attention.layer_norm_epsilon"));
    json.put("hidden_act", "gelu");
  }

  /**
   * How an encoder's token vectors become one, in the words of sentence-transformers' pooling
   * config; empty where the file doesn't say.
   */
  public Optional<ConfigJson> pooling() {
    String key = "pooling_type";
    int type = settings.count(key);
    if (type == 0) {
      return Optional.empty();
    }
    if (type > POOLING.size()) {
      throw new ModelException(
          "open " + fileName,
          settings.prefix() + key + " to be 1 (mean), 2 (first token) or 3 (last token)",
          String.valueOf(type),
          "choose a model made for embeddings");
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("pooling_mode", POOLING.get(type - 1));
    return Optional.of(new ConfigJson(fileName, json));
  }

  /** {@code rotated} is how many values of a head are rotated. */
  private void decoder(ObjectNode json, int rotated) {
    requireAttention(true);
    Set<String> names = file.names();
    json.put("num_key_value_heads", keyHeads());
    json.put("max_position_embeddings", settings.size("context_length"));
    json.put("rms_norm_eps", settings.requireReal("attention.layer_norm_rms_epsilon"));
    json.put("tie_word_embeddings", !names.contains("output.weight"));
    json.put("attention_bias", GgufWeights.hasBias(names, architecture.attentionBiases()));
    json.put("mlp_bias", GgufWeights.hasBias(names, architecture.mlpBiases()));
    file.metadata().whole("tokenizer.ggml.eos_token_id").stream()
        .filter(id -> id >= 0 && id < rows("token_embd.weight"))
        .forEach(id -> json.put("eos_token_id", id));
    boolean divided = architecture.takesRopeDivisors() && names.contains(GgufRope.DIVISORS);
    new GgufRope(settings, file, divided).writeTo(json, rotated);
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

  /** A decoder of grouped heads, which are rotated as a whole. */
  private void headed(ObjectNode json) {
    int size = headSize();
    requireSame("attention.value_length", size);
    requireSame("rope.dimension_count", size);
    json.put("head_dim", size);
    decoder(json, size);
  }

  private int headSize() {
    return settings
        .optionalSize("attention.key_length")
        .orElseGet(
            () -> {
              int hidden = settings.size("embedding_length");
              if (hidden % heads() != 0) {
                throw settings.wrong(
                    "attention.head_count",
                    "a divisor of embedding_length " + hidden,
                    String.valueOf(heads()));
              }
              return hidden / heads();
            });
  }

  private void requireSame(String key, int size) {
    int got = settings.optionalSize(key).orElse(size);
    if (got != size) {
      throw settings.wrong(key, "the size of a head, " + size, String.valueOf(got));
    }
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
    json.put("num_experts", settings.size("expert_count"));
    json.put("num_experts_per_tok", settings.sizeOfLayers("expert_used_count"));
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
    boolean largest = layers() == 62;
    json.put(
        "query_pre_attn_scalar",
        largest ? settings.size("embedding_length") / heads() : headSize());
  }

  /** Which layers of a Gemma look at a window, and how these are rotated. */
  private void windows(ObjectNode json) {
    String pattern = "attention.sliding_window_pattern";
    int window = settings.count("attention.sliding_window");
    settings
        .real("final_logit_softcapping")
        .ifPresent(cap -> json.put("final_logit_softcapping", cap == 0 ? null : cap));
    json.put("sliding_window", window);
    json.put("rope_local_base_freq", settings.real("rope.freq_base_swa").orElse(10_000));
    if (window == 0) {
      json.put("sliding_window_pattern", 1); // every layer sees all
    } else if (file.metadata().isArray(settings.prefix() + pattern)) {
      ArrayNode types = json.putArray("layer_types");
      for (long slides : file.metadata().wholes(settings.prefix() + pattern)) {
        types.add(slides == 0 ? "full_attention" : "sliding_attention");
      }
    } else {
      settings.optionalSize(pattern).ifPresent(v -> json.put("sliding_window_pattern", v));
    }
  }

  private void mixture(ObjectNode json) {
    double scale = settings.real("expert_weights_scale").orElse(0);
    json.put("n_routed_experts", settings.size("expert_count"));
    json.put("num_experts_per_tok", settings.sizeOfLayers("expert_used_count"));
    json.put("moe_intermediate_size", settings.sizeOfLayers("expert_feed_forward_length"));
    json.put("n_shared_experts", settings.count("expert_shared_count"));
    json.put("first_k_dense_replace", settings.count("leading_dense_block_count"));
    json.put("routed_scaling_factor", scale == 0 ? 1 : scale);
    json.put("norm_topk_prob", settings.flag("expert_weights_norm"));
  }

  private void groups(ObjectNode json) {
    settings.requireOneOf(
        "expert_gating_func",
        List.of(0.0, 1.0, 2.0),
        "choose a model that scores by softmax or sigmoid");
    boolean sigmoid = architecture == GgufArchitecture.DEEPSEEK_V3;
    int groups = Math.max(1, settings.count("expert_group_count"));
    json.put("n_group", groups);
    json.put("topk_group", Math.max(1, settings.count("expert_group_used_count")));
    json.put("scoring_func", sigmoid ? "sigmoid" : "softmax");
    String limited = groups > 1 ? "group_limited_greedy" : "greedy";
    json.put("topk_method", sigmoid ? "noaux_tc" : limited);
  }

  /** Newer files count heads and sizes as multi-query attention over the latent has them. */
  private void latent(ObjectNode json) {
    int rotated = settings.size("rope.dimension_count");
    int key =
        settings
            .optionalSize("attention.key_length_mla")
            .orElseGet(() -> settings.size("attention.key_length"));
    int value =
        settings
            .optionalSize("attention.value_length_mla")
            .orElseGet(() -> settings.size("attention.value_length"));
    if (key <= rotated) {
      throw settings.wrong(
          "rope.dimension_count", "less than the size of a key, " + key, String.valueOf(rotated));
    }
    decoder(json, rotated);
    json.put("num_key_value_heads", heads());
    int queryRank = settings.count("attention.q_lora_rank");
    if (queryRank > 0) {
      json.put("q_lora_rank", queryRank);
    }
    json.put("kv_lora_rank", settings.size("attention.kv_lora_rank"));
    json.put("qk_rope_head_dim", rotated);
    json.put("qk_nope_head_dim", key - rotated);
    json.put("v_head_dim", value);
  }
}
