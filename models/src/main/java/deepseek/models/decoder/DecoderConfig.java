package deepseek.models.decoder;

import java.util.List;

/** What every decoder's config says, by the names of config.json. */
public interface DecoderConfig {
  String modelType();

  int vocabSize();

  int hiddenSize();

  int numHiddenLayers();

  /** Tokens the model was made for: prompt and answer together. */
  int maxPositionEmbeddings();

  /** Whether the output layer is the embedding table. */
  boolean tieWordEmbeddings();

  /** Ids that end a text; empty when config.json names none. */
  List<Integer> eosTokenIds();
}
