package deepseek.models.gguf;

import deepseek.models.ModelException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What llama.cpp calls an architecture, and how it differs from the Hugging Face checkpoint. */
enum GgufArchitecture {
  LLAMA("llama", "llama", QueryOrder.PAIRED, NormWeight.FACTOR, Names.PRE_NORM),
  QWEN2("qwen2", "qwen2", QueryOrder.SPLIT, NormWeight.FACTOR, Names.PRE_NORM),
  QWEN3("qwen3", "qwen3", QueryOrder.SPLIT, NormWeight.FACTOR, Names.PRE_NORM),
  GEMMA3("gemma3", "gemma3_text", QueryOrder.SPLIT, NormWeight.ONE_ADDED, Names.SANDWICH_NORM);

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

  static GgufArchitecture of(String fileName, String name) {
    return Arrays.stream(values())
        .filter(architecture -> architecture.ggufName.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ModelException(
                    "open " + fileName,
                    "general.architecture to be one of "
                        + Arrays.stream(values())
                            .map(a -> a.ggufName)
                            .collect(Collectors.joining(", ")),
                    "'" + name + "'",
                    "choose a model of a known family"));
  }

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

    private Names() {}

    private static Map<String, String> with(String... pairs) {
      Map<String, String> all = new java.util.HashMap<>(COMMON);
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
