package deepseek.models.bert;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.models.ModelConfig;
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
    Positions positions)
    implements ModelConfig {

  public BertConfig {
    ConfigCheck.size("vocab_size", vocabSize);
    ConfigCheck.size("hidden_size", hiddenSize);
    ConfigCheck.size("intermediate_size", intermediateSize);
    ConfigCheck.size("num_hidden_layers", numHiddenLayers);
    ConfigCheck.size("num_attention_heads", numAttentionHeads);
    ConfigCheck.require(
        hiddenSize % numAttentionHeads == 0,
        "num_attention_heads",
        "a divisor of hidden_size " + hiddenSize,
        numAttentionHeads);
    ConfigCheck.size("max_position_embeddings", maxPositionEmbeddings);
    ConfigCheck.size("type_vocab_size", typeVocabSize);
    ConfigCheck.finite("layer_norm_eps", layerNormEps);
    ConfigCheck.count("pad_token_id", padTokenId);
    ConfigCheck.require(
        positions == Positions.FROM_ZERO || maxPositionEmbeddings > padTokenId + 1L,
        "max_position_embeddings",
        "more than pad_token_id + 1 = " + (padTokenId + 1L),
        maxPositionEmbeddings);
  }

  /** How a token's row in the position table follows from its place. */
  public enum Positions {
    /** The first token has row 0, padding counts like any token. */
    FROM_ZERO,
    /** The first token has the row after {@code pad_token_id}, padding isn't counted. */
    AFTER_PAD_ID
  }

  /**
   * From the config of a {@code bert}, {@code roberta} or {@code xlm-roberta}.
   *
   * @throws deepseek.models.ModelException when a field is missing, mistyped or impossible
   */
  public static BertConfig read(ConfigJson json) {
    json.requireText("position_embedding_type", "absolute");
    json.requireFalse("is_decoder", "choose an encoder");
    String modelType = json.text("model_type");
    Positions positions = modelType.equals("bert") ? Positions.FROM_ZERO : Positions.AFTER_PAD_ID;
    return new BertConfig(
        modelType,
        json.size("vocab_size"),
        json.size("hidden_size"),
        json.size("intermediate_size"),
        json.size("num_hidden_layers"),
        json.size("num_attention_heads"),
        Activation.ofName("hidden_act", json.optionalText("hidden_act").orElse("gelu")),
        json.sizeOr("max_position_embeddings", 512),
        json.sizeOr("type_vocab_size", 2),
        json.numberOr("layer_norm_eps", 1e-12),
        json.countOr("pad_token_id", positions == Positions.FROM_ZERO ? 0 : 1),
        positions);
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putArray("architectures").add(architecture());
    json.put("model_type", modelType);
    json.put("vocab_size", vocabSize);
    json.put("hidden_size", hiddenSize);
    json.put("intermediate_size", intermediateSize);
    json.put("num_hidden_layers", numHiddenLayers);
    json.put("num_attention_heads", numAttentionHeads);
    json.put("hidden_act", hiddenAct.configName());
    json.put("max_position_embeddings", maxPositionEmbeddings);
    json.put("type_vocab_size", typeVocabSize);
    json.put("layer_norm_eps", layerNormEps);
    json.put("pad_token_id", padTokenId);
    json.put("position_embedding_type", "absolute");
    return json;
  }

  private String architecture() {
    return switch (modelType) {
      case "roberta" -> "RobertaModel";
      case "xlm-roberta" -> "XLMRobertaModel";
      default -> "BertModel";
    };
  }

  /** Tokens that the position table has rows for. */
  public int maxLength() {
    return switch (positions) {
      case FROM_ZERO -> maxPositionEmbeddings;
      case AFTER_PAD_ID -> maxPositionEmbeddings - padTokenId - 1;
    };
  }
}
