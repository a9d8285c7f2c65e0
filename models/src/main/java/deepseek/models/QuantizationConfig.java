package deepseek.models;

import deepseek.compute.QTensor;
import java.util.Locale;
import java.util.Optional;

/**
 * Which weights are held in few bits. Norms, routers and biases never are; the embedding table and
 * the output layer, which every token's quality hangs on, take 8 bits at least.
 */
public enum QuantizationConfig {
  /** Everything in the model's dtype. */
  NONE,
  /** Weights that the file has in few bits stay so; the others in the model's dtype. */
  AS_STORED,
  /** 4 bits and an offset for each 32 values. */
  INT4,
  /** 8 bits for each 32 values. */
  INT8;

  /** Reads {@code none}, {@code int4}, {@code int8} or {@code as-stored}. */
  public static QuantizationConfig ofName(String name) {
    for (QuantizationConfig config : values()) {
      if (config.toString().equals(name)) {
        return config;
      }
    }
    throw new ModelException(
        "choose a quantisation",
        "none, as-stored, int4 or int8",
        "'" + name + "'",
        "take one of these");
  }

  /** Bits for a plain weight of this name; empty leaves it plain. */
  Optional<QTensor.Bits> bits(String name) {
    return switch (this) {
      case NONE, AS_STORED -> Optional.empty();
      case INT8 -> Optional.of(QTensor.Bits.EIGHT);
      case INT4 ->
          Optional.of(
              name.contains("embed_tokens") || name.contains("lm_head")
                  ? QTensor.Bits.EIGHT
                  : QTensor.Bits.FOUR);
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
