package deepseek.models.gguf;

import deepseek.models.ModelException;
import deepseek.store.gguf.GgufMetadata;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** What llama.cpp calls an architecture, and how it differs from the Hugging Face checkpoint. */
enum GgufArchitecture {
  LLAMA("llama", "llama", QueryOrder.PAIRED, NormWeight.FACTOR, TensorNames.PRE_NORM),
  QWEN2("qwen2", "qwen2", QueryOrder.SPLIT, NormWeight.FACTOR, TensorNames.PRE_NORM),
  QWEN3("qwen3", "qwen3", QueryOrder.SPLIT, NormWeight.FACTOR, TensorNames.PRE_NORM),
  GEMMA3(
      "gemma3", "gemma3_text", QueryOrder.SPLIT, NormWeight.ONE_ADDED, TensorNames.SANDWICH_NORM),
  MIXTRAL("llama", "mixtral", QueryOrder.PAIRED, NormWeight.FACTOR, TensorNames.MIXTRAL),
  DEEPSEEK("deepseek", "deepseek", QueryOrder.PAIRED, NormWeight.FACTOR, TensorNames.DEEPSEEK),
  DEEPSEEK_V2("deepseek2", "deepseek_v2", QueryOrder.SPLIT, NormWeight.FACTOR, TensorNames.LATENT),
  DEEPSEEK_V3("deepseek2", "deepseek_v3", QueryOrder.SPLIT, NormWeight.FACTOR, TensorNames.LATENT),
  QWEN2_MOE("qwen2moe", "qwen2_moe", QueryOrder.SPLIT, NormWeight.FACTOR, TensorNames.QWEN_MOE),
  QWEN3_MOE("qwen3moe", "qwen3_moe", QueryOrder.SPLIT, NormWeight.FACTOR, TensorNames.QWEN_MOE),
  /** RoBERTa and its like too: their position tables come without the rows of padding. */
  BERT("bert", "bert", QueryOrder.SPLIT, NormWeight.FACTOR, TensorNames.BERT);

  /** How the two halves that a rotary pair joins are stored in query and key. */
  enum QueryOrder {
    /** As Hugging Face has them. */
    SPLIT,
    /** Interleaved: 2i with 2i + 1. */
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

  /** Its maps are copies. */
  @SuppressWarnings("ImmutableEnumChecker")
  final TensorNames names;

  GgufArchitecture(
      String ggufName,
      String modelType,
      QueryOrder queryOrder,
      NormWeight normWeight,
      TensorNames names) {
    this.ggufName = ggufName;
    this.modelType = modelType;
    this.queryOrder = queryOrder;
    this.normWeight = normWeight;
    this.names = names;
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
    return metadata.whole("deepseek2.expert_gating_func").orElse(0) == SIGMOID;
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

  private static final long SIGMOID = 2;

  /** Whether the frequencies of queries and keys are divided by a tensor of the file. */
  boolean takesRopeDivisors() {
    return this == LLAMA || this == MIXTRAL;
  }

  /** Parts of a layer's attention that have biases all together in a Hugging Face checkpoint. */
  List<String> attentionBiases() {
    return switch (this) {
      case LLAMA, QWEN3, QWEN3_MOE, GEMMA3, DEEPSEEK ->
          List.of("attn_q", "attn_k", "attn_v", "attn_output");
      case QWEN2, QWEN2_MOE -> List.of("attn_q", "attn_k", "attn_v");
      case MIXTRAL, DEEPSEEK_V2, DEEPSEEK_V3, BERT -> List.of();
    };
  }

  /** The same of its MLP. */
  List<String> mlpBiases() {
    return this == LLAMA ? List.of("ffn_gate", "ffn_up", "ffn_down") : List.of();
  }
}
