package deepseek.springai;

/** Small models in this repository. */
final class Models {
  /** A language model with random weights and a context of 256 tokens: tools/warm-up/make.py. */
  static final String TINY = "../tools/warm-up/tiny.gguf";

  /** An encoder with random weights: tools/golden. */
  static final String ENCODER = "../models/src/test/resources/golden/sentence-mean";

  private Models() {}
}
