package deepseek.models.decoder;

import deepseek.models.ModelConfig;
import java.util.List;

/** A decoder family's config; what all of them say, by the names of config.json. */
public interface DecoderConfig extends ModelConfig {
  /** The fields that every family has. */
  CommonFields common();

  @Override
  default String modelType() {
    return common().modelType();
  }

  default int vocabSize() {
    return common().vocabSize();
  }

  default int hiddenSize() {
    return common().hiddenSize();
  }

  default int numHiddenLayers() {
    return common().numHiddenLayers();
  }

  default double rmsNormEps() {
    return common().rmsNormEps();
  }

  /** Tokens the model was made for: prompt and answer together. */
  default int maxPositionEmbeddings() {
    return common().maxPositionEmbeddings();
  }

  /** Whether the output layer is the embedding table. */
  default boolean tieWordEmbeddings() {
    return common().tieWordEmbeddings();
  }

  /** How tokens turn by their places; in families with two ways, in layers that see all tokens. */
  RopeSettings rope();

  /**
   * Whether tokens turn in a text of {@code length} tokens as they do in one of {@code other}; only
   * then does a key that was kept of the one stand for the other.
   */
  default boolean turnsAlike(int length, int other) {
    return rope().scaling().turnsAlike(length, other);
  }

  /** Ids that end a text; empty when config.json names none. */
  default List<Integer> eosTokenIds() {
    return common().eosTokenIds();
  }
}
