package deepseek.models;

import deepseek.compute.QTensor;
import java.util.Locale;
import java.util.Optional;

/**
 * Which weights are held in few bits, and how precisely they are multiplied. Norms, routers and
 * biases are never packed; the embedding table and the output layer, which every token's quality
 * hangs on, take 8 bits at least and activations in 16.
 *
 * @param weights what is packed
 * @param activationBits what activations are rounded to before products with packed weights, a
 *     scale for each 32 of them: 16, or 8, which reads prompts faster and strays further
 */
public record QuantizationConfig(WeightBits weights, int activationBits) {
  /** What of the weights is packed. */
  public enum WeightBits {
    /** Nothing: everything in the model's dtype. */
    NONE,
    /** What the file has in few bits stays so; the rest in the model's dtype. */
    AS_STORED,
    /** All of it: 4 bits and an offset for each 32 values. */
    INT4,
    /** All of it: 8 bits for each 32 values. */
    INT8;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  public static final QuantizationConfig NONE = of(WeightBits.NONE);
  public static final QuantizationConfig AS_STORED = of(WeightBits.AS_STORED);
  public static final QuantizationConfig INT4 = of(WeightBits.INT4);
  public static final QuantizationConfig INT8 = of(WeightBits.INT8);

  public QuantizationConfig {
    if (activationBits != 8 && activationBits != 16) {
      throw new ModelException(
          "choose a quantisation",
          "activations of 8 or 16 bits",
          String.valueOf(activationBits),
          "take one of these");
    }
    if (weights == WeightBits.NONE && activationBits != 16) {
      throw new ModelException(
          "choose a quantisation",
          "packed weights, which alone take activations of 8 bits",
          "none",
          "choose int4, int8 or as-stored");
    }
  }

  private static QuantizationConfig of(WeightBits weights) {
    return new QuantizationConfig(weights, 16);
  }

  /** With activations rounded to so many bits in products: 8 or 16. */
  public QuantizationConfig withActivationBits(int bits) {
    return new QuantizationConfig(weights, bits);
  }

  /** Reads {@code none}, {@code int4}, {@code int8} or {@code as-stored}. */
  public static QuantizationConfig ofName(String name) {
    for (WeightBits weights : WeightBits.values()) {
      if (weights.toString().equals(name)) {
        return of(weights);
      }
    }
    throw new ModelException(
        "choose a quantisation",
        "none, as-stored, int4 or int8",
        "'" + name + "'",
        "take one of these");
  }

  boolean packs() {
    return weights != WeightBits.NONE;
  }

  /** Bits for a plain weight of this name; empty leaves it plain. */
  Optional<QTensor.Bits> bits(String name) {
    return switch (weights) {
      case NONE, AS_STORED -> Optional.empty();
      case INT8 -> Optional.of(QTensor.Bits.EIGHT);
      case INT4 -> Optional.of(isEnd(name) ? QTensor.Bits.EIGHT : QTensor.Bits.FOUR);
    };
  }

  /** What the weight of this name rounds activations to. */
  int activationBits(String name) {
    return isEnd(name) ? 16 : activationBits;
  }

  private static boolean isEnd(String name) {
    return name.contains("embed_tokens")
        || name.contains("lm_head")
        || name.contains("embeddings.");
  }

  @Override
  public String toString() {
    return weights + (activationBits == 16 ? "" : ", activations in 8 bits");
  }
}
