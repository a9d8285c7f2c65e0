package deepseek.models.gguf;

import deepseek.models.ModelException;
import deepseek.store.gguf.GgufMetadata;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What llama.cpp calls an architecture, and how it differs from the Hugging Face checkpoint. */
enum GgufArchitecture {
  LLAMA("llama", "llama", QueryOrder.PAIRED, NormWeight.FACTOR, Names.PRE_NORM),
  QWEN2("qwen2", "qwen2", QueryOrder.SPLIT, NormWeight.FACTOR, Names.PRE_NORM),
  QWEN3("qwen3", "qwen3", QueryOrder.SPLIT, NormWeight.FACTOR, Names.PRE_NORM),
  GEMMA3("gemma3", "gemma3_text", QueryOrder.SPLIT, NormWeight.ONE_ADDED, Names.SANDWICH_NORM),
  MIXTRAL("llama", "mixtral", QueryOrder.PAIRED, NormWeight.FACTOR, Names.MIXTRAL),
  DEEPSEEK("deepseek", "deepseek", QueryOrder.PAIRED, NormWeight.FACTOR, Names.DEEPSEEK),
  DEEPSEEK_V2("deepseek2", "deepseek_v2", QueryOrder.SPLIT, NormWeight.FACTOR, Names.LATENT),
  DEEPSEEK_V3("deepseek2", "deepseek_v3", QueryOrder.SPLIT, NormWeight.FACTOR, Names.LATENT);

  /** How the two halves that a rotary pair joins are stored in query and key. */
  enum QueryOrder {
    /** As Hugging Face has them. */
    SPLIT,
    /** Interleaved, element beside element. */
    PAIRED
  }

  /** What a stored norm weight means. */
  enum NormWeight {
    FACTOR,
    /** Hugging Face stores the factor's distance from one, the file the factor. */
    ONE_ADDED
  }

  final String ggufName;
  final String modelType;
  final QueryOrder queryOrder;
  final NormWeight normWeight;

  /** An unmodifiable copy. */
  @SuppressWarnings("ImmutableEnumChecker")
  final Map<String, String> layerNames;

  GgufArchitecture(
      String ggufName,
      String modelType,
      QueryOrder queryOrder,
      NormWeight normWeight,
      Map<String, String> layerNames) {
    this.ggufName = ggufName;
    this.modelType = modelType;
    this.queryOrder = queryOrder;
    this.normWeight = normWeight;
    this.layerNames = Map.copyOf(layerNames);
  }

  /**
   * What a file's metadata says it is: {@code general.architecture}, where one name may cover
   * several model types.
   */
  static GgufArchitecture of(String fileName, GgufMetadata metadata) {
    String name = metadata.requireText("general.architecture");
    return switch (name) {
      case "llama" -> metadata.whole("llama.expert_count").orElse(0) > 0 ? MIXTRAL : LLAMA;
      case "deepseek2" -> isSigmoid(metadata) ? DEEPSEEK_V3 : DEEPSEEK_V2;
      default ->
          Arrays.stream(values())
              .filter(architecture -> architecture.ggufName.equals(name))
              .findFirst()
              .orElseThrow(() -> unknown(fileName, name));
    };
  }

  private static boolean isSigmoid(GgufMetadata metadata) {
    return metadata.whole("deepseek2.expert_gating_func").orElse(SOFTMAX) == SIGMOID;
  }

  private static ModelException unknown(String fileName, String name) {
    return new ModelException(
        "open " + fileName,
        "general.architecture to be one of "
            + Arrays.stream(values())
                .map(a -> a.ggufName)
                .distinct()
                .collect(Collectors.joining(", ")),
        "'" + name + "'",
        "choose a model of a known family");
  }

  private static final long SOFTMAX = 1;
  private static final long SIGMOID = 2;

  /** Stands for an expert's number in the names of tensors that hold all experts of a layer. */
  static final String EXPERT = "{expert}";

  /** Names inside a layer: llama.cpp's to Hugging Face's. */
  private static final class Names {
    private static final Map<String, String> COMMON =
        Map.ofEntries(
            Map.entry("attn_norm", "input_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"),
            Map.entry("attn_k", "self_attn.k_proj"),
            Map.entry("attn_v", "self_attn.v_proj"),
            Map.entry("attn_output", "self_attn.o_proj"),
            Map.entry("attn_q_norm", "self_attn.q_norm"),
            Map.entry("attn_k_norm", "self_attn.k_norm"),
            Map.entry("ffn_gate", "mlp.gate_proj"),
            Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("ffn_down", "mlp.down_proj"));

    static final Map<String, String> PRE_NORM = with("ffn_norm", "post_attention_layernorm");
    static final Map<String, String> SANDWICH_NORM =
        with(
            "post_attention_norm",
            "post_attention_layernorm",
            "ffn_norm",
            "pre_feedforward_layernorm",
            "post_ffw_norm",
            "post_feedforward_layernorm");

    static final Map<String, String> MIXTRAL =
        with(
            "ffn_norm", "post_attention_layernorm",
            "ffn_gate_inp", "block_sparse_moe.gate",
            "ffn_gate_exps", "block_sparse_moe.experts.{expert}.w1",
            "ffn_down_exps", "block_sparse_moe.experts.{expert}.w2",
            "ffn_up_exps", "block_sparse_moe.experts.{expert}.w3");
    static final Map<String, String> DEEPSEEK =
        with(
            "ffn_norm", "post_attention_layernorm",
            "ffn_gate_inp", "mlp.gate",
            "ffn_gate_exps", "mlp.experts.{expert}.gate_proj",
            "ffn_down_exps", "mlp.experts.{expert}.down_proj",
            "ffn_up_exps", "mlp.experts.{expert}.up_proj",
            "ffn_gate_shexp", "mlp.shared_experts.gate_proj",
            "ffn_down_shexp", "mlp.shared_experts.down_proj",
            "ffn_up_shexp", "mlp.shared_experts.up_proj");
    static final Map<String, String> LATENT =
        with(
            DEEPSEEK,
            "attn_q_a",
            "self_attn.q_a_proj",
            "attn_q_a_norm",
            "self_attn.q_a_layernorm",
            "attn_q_b",
            "self_attn.q_b_proj",
            "attn_kv_a_mqa",
            "self_attn.kv_a_proj_with_mqa",
            "attn_kv_a_norm",
            "self_attn.kv_a_layernorm",
            "attn_kv_b",
            "self_attn.kv_b_proj",
            "exp_probs_b.bias",
            "mlp.gate.e_score_correction_bias");

    private Names() {}

    private static Map<String, String> with(String... pairs) {
      return with(COMMON, pairs);
    }

    private static Map<String, String> with(Map<String, String> base, String... pairs) {
      Map<String, String> all = new HashMap<>(base);
      for (int i = 0; i < pairs.length; i += 2) {
        all.put(pairs[i], pairs[i + 1]);
      }
      return all;
    }
  }

  /** Names outside the layers. */
  static final Map<String, String> OUTER_NAMES =
      Map.of("token_embd", "model.embed_tokens", "output_norm", "model.norm", "output", "lm_head");

  /** Tensors that carry settings and no weights. */
  static final List<String> SETTINGS = List.of("rope_freqs.weight");
}
