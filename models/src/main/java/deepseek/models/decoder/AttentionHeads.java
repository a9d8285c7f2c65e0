package deepseek.models.decoder;

import deepseek.models.ConfigJson;
import deepseek.nn.attention.GroupedAttention;

/** Heads of grouped attention, as config.json states them. */
public record AttentionHeads(int numAttentionHeads, int numKeyValueHeads, int headDim) {

  /**
   * @throws deepseek.models.ModelException when heads don't divide as they must
   */
  public static AttentionHeads read(ConfigJson json, int hiddenSize) {
    int heads = json.size("num_attention_heads");
    int keyValueHeads = json.sizeOr("num_key_value_heads", heads);
    if (heads % keyValueHeads != 0) {
      throw json.wrong(
          "num_key_value_heads",
          "a divisor of num_attention_heads " + heads,
          String.valueOf(keyValueHeads),
          "use config and weights of one model");
    }
    if (!json.has("head_dim") && hiddenSize % heads != 0) {
      throw json.wrong(
          "num_attention_heads",
          "a divisor of hidden_size " + hiddenSize + " where head_dim is absent",
          String.valueOf(heads),
          "use config and weights of one model");
    }
    int headDim = json.sizeOr("head_dim", hiddenSize / heads);
    if (headDim % 2 != 0) {
      throw json.wrong(
          "head_dim",
          "an even number, for rotary positions",
          String.valueOf(headDim),
          "use config and weights of one model");
    }
    return new AttentionHeads(heads, keyValueHeads, headDim);
  }

  /** The plain form of attention with these heads. */
  public GroupedAttention.Settings settings(int hiddenSize) {
    return GroupedAttention.Settings.of(hiddenSize, numAttentionHeads, numKeyValueHeads, headDim);
  }
}
