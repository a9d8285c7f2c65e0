package deepseek.models;

import deepseek.store.Weights;
import java.util.Optional;

/**
 * How a checkpoint's matrices are packed: {@code quantization_config} of config.json.
 *
 * <p>Throws {@link ModelException} on reading a way of packing that is not known here.
 */
public sealed interface Quantization {
  /** As they are. */
  record None() implements Quantization {}

  /**
   * FP8 with one factor, {@code weight_scale_inv}, for each block of {@code rows} times {@code
   * columns} (DeepSeek-V3).
   */
  record BlockScaled(int rows, int columns) implements Quantization {}

  /** What config.json says of packed weights. */
  static Quantization read(ConfigJson config) {
    Optional<ConfigJson> found = config.object("quantization_config");
    if (found.isEmpty()) {
      return new None();
    }
    ConfigJson q = found.get();
    String method = q.optionalText("quant_method").orElse("none named");
    var block = q.numbers("weight_block_size");
    if (!method.equals("fp8") || block.size() != 2) {
      throw q.wrong(
          "quant_method",
          "fp8 with a weight_block_size of two numbers",
          "'" + method + "'" + (method.equals("fp8") ? " without it" : ""),
          "use the unquantised model or a GGUF file of it");
    }
    int rows = block.get(0).intValue();
    int columns = block.get(1).intValue();
    if (rows < 1 || columns < 1) {
      throw q.wrong("weight_block_size", "numbers from 1", block.toString(), "fix the file");
    }
    return new BlockScaled(rows, columns);
  }

  /** {@code weights} with packed matrices multiplied out on loading. Closing closes them. */
  default Weights unpacked(Weights weights) {
    return switch (this) {
      case None() -> weights;
      case BlockScaled blocks -> new BlockScaledWeights(weights, blocks);
    };
  }
}
