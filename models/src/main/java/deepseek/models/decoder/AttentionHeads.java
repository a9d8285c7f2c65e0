package deepseek.models.decoder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.nn.attention.GroupedAttention;

/** Heads of grouped attention, as config.json states them. */
public record AttentionHeads(int numAttentionHeads, int numKeyValueHeads, int headDim) {
  private static final String HEADS = "num_attention_heads";
  private static final String KEY_VALUE_HEADS = "num_key_value_heads";
  private static final String HEAD_DIM = "head_dim";

  public AttentionHeads {
    ConfigCheck.size(HEADS, numAttentionHeads);
    ConfigCheck.size(KEY_VALUE_HEADS, numKeyValueHeads);
    ConfigCheck.size(HEAD_DIM, headDim);
    ConfigCheck.require(
        numAttentionHeads % numKeyValueHeads == 0,
        KEY_VALUE_HEADS,
        "a divisor of num_attention_heads " + numAttentionHeads,
        numKeyValueHeads);
    ConfigCheck.require(
        headDim % 2 == 0, HEAD_DIM, "an even number, for rotary positions", headDim);
  }

  /**
   * @throws deepseek.models.ModelException when heads don't divide as they must
   */
  public static AttentionHeads read(ConfigJson json, int hiddenSize) {
    int heads = json.size(HEADS);
    if (!json.has(HEAD_DIM) && hiddenSize % heads != 0) {
      throw json.wrong(
          HEADS,
          "a divisor of hidden_size " + hiddenSize + " where head_dim is absent",
          String.valueOf(heads),
          "use config and weights of one model");
    }
    return new AttentionHeads(
        heads, json.sizeOr(KEY_VALUE_HEADS, heads), json.sizeOr(HEAD_DIM, hiddenSize / heads));
  }

  /** Adds what {@link #read} takes. */
  public void writeTo(ObjectNode json) {
    json.put(HEADS, numAttentionHeads);
    json.put(KEY_VALUE_HEADS, numKeyValueHeads);
    json.put(HEAD_DIM, headDim);
  }

  /** The plain form of attention with these heads. */
  public GroupedAttention.Settings settings(int hiddenSize) {
    return GroupedAttention.Settings.of(hiddenSize, numAttentionHeads, numKeyValueHeads, headDim);
  }
}
