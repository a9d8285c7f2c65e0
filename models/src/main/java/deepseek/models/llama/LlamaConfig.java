package deepseek.models.llama;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.DecoderConfig;
import deepseek.models.decoder.RopeSettings;
import deepseek.nn.Activation;
import java.util.List;

/** Fields of a Llama {@code config.json}, under their names there. */
public record LlamaConfig(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int numKeyValueHeads,
    int headDim,
    Activation hiddenAct,
    int maxPositionEmbeddings,
    double rmsNormEps,
    RopeSettings rope,
    boolean tieWordEmbeddings,
    boolean attentionBias,
    boolean mlpBias,
    List<Integer> eosTokenIds)
    implements DecoderConfig {

  static LlamaConfig read(ConfigJson json) {
    int hiddenSize = json.size("hidden_size");
    int heads = json.size("num_attention_heads");
    int maxPositions = json.sizeOr("max_position_embeddings", 2048);
    if (!json.has("head_dim") && hiddenSize % heads != 0) {
      throw json.wrong(
          "num_attention_heads", "a divisor of " + hiddenSize, heads + "", "fix the file");
    }
    return new LlamaConfig(
        json.text("model_type"),
        json.size("vocab_size"),
        hiddenSize,
        json.size("intermediate_size"),
        json.size("num_hidden_layers"),
        heads,
        json.sizeOr("num_key_value_heads", heads),
        json.sizeOr("head_dim", hiddenSize / heads),
        Activation.ofName(json.optionalText("hidden_act").orElse("silu")),
        maxPositions,
        json.numberOr("rms_norm_eps", 1e-6),
        RopeSettings.read(json, 10000, maxPositions),
        json.flagOr("tie_word_embeddings", false),
        json.flagOr("attention_bias", false),
        json.flagOr("mlp_bias", false),
        json.ids("eos_token_id"));
  }
}
