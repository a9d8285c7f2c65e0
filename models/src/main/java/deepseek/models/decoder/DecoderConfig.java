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

  /** Ids that end a text; empty when config.json names none. */
  default List<Integer> eosTokenIds() {
    return common().eosTokenIds();
  }
}
