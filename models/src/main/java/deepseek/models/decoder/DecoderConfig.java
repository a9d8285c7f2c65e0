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

  /** Rows V of the embedding table. */
  default int vocabSize() {
    return common().vocabSize();
  }

  /** Values D of a token between layers. */
  default int hiddenSize() {
    return common().hiddenSize();
  }

  /** Layers. */
  default int numHiddenLayers() {
    return common().numHiddenLayers();
  }

  /** Added to the mean of squares in norms. */
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

  /** The rotary embedding; in families with two, of layers that see all tokens. */
  RopeSettings rope();

  /**
   * Whether a text of {@code length} tokens has the frequencies of one of {@code other}; only then
   * can keys that were kept of the one be used for the other.
   */
  default boolean sameFrequencies(int length, int other) {
    return rope().scaling().sameFrequencies(length, other);
  }

  /** Ids that end a text; empty when config.json names none. */
  default List<Integer> eosTokenIds() {
    return common().eosTokenIds();
  }
}
