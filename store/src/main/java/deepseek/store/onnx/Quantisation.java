package deepseek.store.onnx;

import java.util.Optional;

/**
 * The names of a weight's parts in ONNX Runtime's dynamic quantisation: {@code w = (w_quantized -
 * w_zero_point) * w_scale}, with one scale per tensor or per column.
 */
final class Quantisation {
  static final String VALUES = "_quantized";
  static final String SCALE = "_scale";
  static final String ZERO = "_zero_point";

  private Quantisation() {}

  /** The weight that a scale or zero point belongs to. */
  static Optional<String> wholeOf(String part) {
    for (String ending : new String[] {SCALE, ZERO}) {
      if (part.endsWith(ending)) {
        return Optional.of(part.substring(0, part.length() - ending.length()));
      }
    }
    return Optional.empty();
  }
}
