package deepseek.models.decoder;

import deepseek.nn.Block;
import deepseek.nn.Parameters;
import deepseek.nn.RmsNorm;

/** How a family's decoder is assembled. Parameters are named from {@code model.} on. */
public interface Architecture {
  /** The family's config. */
  DecoderConfig config();

  /** Layer {@code index} from the parameters of that layer. */
  Block block(Parameters layer, int index);

  /** The norm before the output layer. */
  default RmsNorm finalNorm(Parameters norm) {
    return RmsNorm.of(norm, config().hiddenSize(), config().rmsNormEps());
  }

  /** What embeddings are multiplied by. */
  default double embeddingScale() {
    return 1;
  }
}
