package deepseek.models.generate;

import deepseek.compute.Scope;
import deepseek.compute.Tensor;

/** Logits to logarithms of probabilities. */
final class LogSoftmax {
  private LogSoftmax() {}

  /** Of logits [V]. */
  static float[] of(float[] logits) {
    try (var scope = Scope.open()) {
      return Tensor.of(logits, logits.length).logSoftmax(-1).toFloats();
    }
  }
}
