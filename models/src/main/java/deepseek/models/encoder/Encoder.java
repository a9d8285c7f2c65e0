package deepseek.models.encoder;

import deepseek.compute.PlanRefusedException;
import deepseek.compute.Tensor;
import deepseek.models.ModelConfig;

/** A network that reads whole texts: token ids to one vector per token. Owns its parameters. */
public interface Encoder extends AutoCloseable {
  /** The family's config. */
  ModelConfig config();

  /** Rows of the embedding table; ids are below it. */
  int vocabSize();

  /** Rows of the table of token types; type ids are below it. */
  int typeVocabSize();

  /** Length of a vector, D. */
  int hiddenSize();

  /** The most tokens a text may have. */
  int maxLength();

  /**
   * The last hidden states [B, L, D] of INT64 [B, L] inputs as tokenizers make them: {@code mask} 1
   * at tokens and 0 at padding, {@code typeIds} 0 in a first text and 1 in a second. Vectors at
   * padding mean nothing.
   *
   * @throws deepseek.models.ModelException when texts are empty or too long
   */
  Tensor forward(Tensor ids, Tensor mask, Tensor typeIds);

  /**
   * This network as a plan of the CPU's kernels, which must not outlive it.
   *
   * @param maxTokens of the texts that run together
   * @throws PlanRefusedException if the kernels don't do all of it
   */
  default PlannedEncoder plan(int maxTokens) {
    throw new PlanRefusedException(getClass().getSimpleName());
  }

  @Override
  void close();
}
