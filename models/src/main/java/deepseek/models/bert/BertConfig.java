package deepseek.models.bert;

import deepseek.models.ConfigJson;
import deepseek.nn.Activation;

/** Fields of a BERT {@code config.json}, under their names there. */
public record BertConfig(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    Activation hiddenAct,
    int maxPositionEmbeddings,
    int typeVocabSize,
    double layerNormEps,
    int padTokenId,
    Positions positions) {

  /** How a token's row in the position table follows from its place. */
  public enum Positions {
    /** The first token has row 0, padding counts like any token. */
    FROM_ZERO,
    /** The first token has the row after {@code pad_token_id}, padding isn't counted. */
    AFTER_PAD_ID
  }

  static BertConfig read(ConfigJson json) {
    int hiddenSize = json.size("hidden_size");
    int heads = json.size("num_attention_heads");
    if (hiddenSize % heads != 0) {
      throw json.wrong(
          "num_attention_heads", "a divisor of " + hiddenSize, heads + "", "fix the file");
    }
    String positionKind = json.optionalText("position_embedding_type").orElse("absolute");
    if (!positionKind.equals("absolute")) {
      throw json.wrong(
          "position_embedding_type", "absolute", positionKind, "use a model with absolute ones");
    }
    String modelType = json.text("model_type");
    Positions positions = modelType.equals("bert") ? Positions.FROM_ZERO : Positions.AFTER_PAD_ID;
    BertConfig config =
        new BertConfig(
            modelType,
            json.size("vocab_size"),
            hiddenSize,
            json.size("intermediate_size"),
            json.size("num_hidden_layers"),
            heads,
            Activation.ofName(json.optionalText("hidden_act").orElse("gelu")),
            json.sizeOr("max_position_embeddings", 512),
            json.sizeOr("type_vocab_size", 2),
            json.numberOr("layer_norm_eps", 1e-12),
            json.countOr("pad_token_id", positions == Positions.FROM_ZERO ? 0 : 1),
            positions);
    if (config.maxLength() < 1) {
      throw json.wrong(
          "max_position_embeddings",
          "more than pad_token_id + 1 = " + (config.padTokenId() + 1),
          config.maxPositionEmbeddings() + "",
          "fix the file");
    }
    return config;
  }

  /** Tokens that the position table has rows for. */
  public int maxLength() {
    return switch (positions) {
      case FROM_ZERO -> maxPositionEmbeddings;
      case AFTER_PAD_ID -> maxPositionEmbeddings - padTokenId - 1;
    };
  }
}
