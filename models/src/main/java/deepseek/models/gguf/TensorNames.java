package deepseek.models.gguf;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * llama.cpp's names of tensors to Hugging Face's, without {@code .weight} and {@code .bias}: those
 * outside the layers, and those inside one, whose Hugging Face names start with {@code layers} and
 * its number.
 */
record TensorNames(String layers, Map<String, String> outer, Map<String, String> inner) {
  /** Stands for an expert's number in the names of tensors that hold all experts of a layer. */
  static final String EXPERT = "{expert}";

  /** How older files call the matrix of one expert, {@code ffn_up.3} for {@code ffn_up_exps}. */
  private static final Pattern SINGLE_EXPERT = Pattern.compile("(ffn_(?:gate|down|up))\\.(\\d+)");

  TensorNames {
    outer = Map.copyOf(outer);
    inner = Map.copyOf(inner);
  }

  private static final TensorNames DECODER =
      new TensorNames(
          "model.layers.",
          Map.of(
              "token_embd", "model.embed_tokens", "output_norm", "model.norm", "output", "lm_head"),
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
              Map.entry("ffn_down", "mlp.down_proj")));

  static final TensorNames PRE_NORM = DECODER.with("ffn_norm", "post_attention_layernorm");

  static final TensorNames SANDWICH_NORM =
      DECODER.with(
          "post_attention_norm", "post_attention_layernorm",
          "ffn_norm", "pre_feedforward_layernorm",
          "post_ffw_norm", "post_feedforward_layernorm");

  static final TensorNames MIXTRAL =
      PRE_NORM.with(
          "ffn_gate_inp", "block_sparse_moe.gate",
          "ffn_gate_exps", "block_sparse_moe.experts.{expert}.w1",
          "ffn_down_exps", "block_sparse_moe.experts.{expert}.w2",
          "ffn_up_exps", "block_sparse_moe.experts.{expert}.w3");

  private static final TensorNames MIXTURE =
      PRE_NORM.with(
          "ffn_gate_inp", "mlp.gate",
          "ffn_gate_exps", "mlp.experts.{expert}.gate_proj",
          "ffn_down_exps", "mlp.experts.{expert}.down_proj",
          "ffn_up_exps", "mlp.experts.{expert}.up_proj");

  static final TensorNames DEEPSEEK =
      MIXTURE.with(
          "ffn_gate_shexp", "mlp.shared_experts.gate_proj",
          "ffn_down_shexp", "mlp.shared_experts.down_proj",
          "ffn_up_shexp", "mlp.shared_experts.up_proj");

  static final TensorNames LATENT =
      DEEPSEEK.with(
          "attn_q_a", "self_attn.q_a_proj",
          "attn_q_a_norm", "self_attn.q_a_layernorm",
          "attn_q_b", "self_attn.q_b_proj",
          "attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa",
          "attn_kv_a_norm", "self_attn.kv_a_layernorm",
          "attn_kv_b", "self_attn.kv_b_proj",
          "exp_probs_b.bias", "mlp.gate.e_score_correction_bias");

  static final TensorNames QWEN_MOE =
      MIXTURE.with(
          "ffn_gate_inp_shexp", "mlp.shared_expert_gate",
          "ffn_gate_shexp", "mlp.shared_expert.gate_proj",
          "ffn_down_shexp", "mlp.shared_expert.down_proj",
          "ffn_up_shexp", "mlp.shared_expert.up_proj");

  static final TensorNames BERT =
      new TensorNames(
          "encoder.layer.",
          Map.of(
              "token_embd", "embeddings.word_embeddings",
              "position_embd", "embeddings.position_embeddings",
              "token_types", "embeddings.token_type_embeddings",
              "token_embd_norm", "embeddings.LayerNorm"),
          Map.of(
              "attn_q", "attention.self.query",
              "attn_k", "attention.self.key",
              "attn_v", "attention.self.value",
              "attn_output", "attention.output.dense",
              "attn_output_norm", "attention.output.LayerNorm",
              "ffn_up", "intermediate.dense",
              "ffn_down", "output.dense",
              "layer_output_norm", "output.LayerNorm"));

  private TensorNames with(String... pairs) {
    Map<String, String> more = new HashMap<>(inner);
    for (int i = 0; i < pairs.length; i += 2) {
      more.put(pairs[i], pairs[i + 1]);
    }
    return new TensorNames(layers, outer, more);
  }

  /**
   * Hugging Face's name of {@code stem} plus {@code kind}, such as {@code .weight}, in a layer;
   * empty where it has none.
   */
  Optional<String> inLayer(String stem, String kind) {
    Optional<String> whole = Optional.ofNullable(inner.get(stem + kind));
    return whole.or(() -> inLayer(stem).map(name -> name + kind));
  }

  private Optional<String> inLayer(String stem) {
    Matcher single = SINGLE_EXPERT.matcher(stem);
    return single.matches()
        ? Optional.ofNullable(inner.get(single.group(1) + "_exps"))
            .map(name -> name.replace(EXPERT, single.group(2)))
        : Optional.ofNullable(inner.get(stem));
  }

  /** Whether keys and values are made from latents. */
  boolean hasLatents() {
    return inner.containsKey("attn_kv_b");
  }

  /** Whether Hugging Face has a matrix of one row where a file may have a vector. */
  static boolean mayBeOneRow(String theirs) {
    return theirs.endsWith("shared_expert_gate.weight")
        || theirs.endsWith("token_type_embeddings.weight");
  }
}
