package deepseek.kernel.cpu;

import deepseek.kernel.runtime.CpuFeatures;

/**
 * The weight operand of a product: its format, shape [out, in] and address, which must stay valid
 * as long as the program that uses it.
 *
 * @param activations how activations are quantised before they are multiplied by a packed weight
 */
public record WeightOperand(
    WeightFormat format, long address, long in, long out, Activations activations) {

  /**
   * The integers that activations are quantised to for packed weights, with a scale per group of
   * 32.
   */
  public enum Activations {
    /** 16 bits, with a negligible error. */
    BITS_16,
    /** 8 bits where several rows are multiplied at once and that is faster; otherwise 16. */
    BITS_8
  }

  /** With 16-bit activations. */
  public WeightOperand(WeightFormat format, long address, long in, long out) {
    this(format, address, in, out, Activations.BITS_16);
  }

  /** The same format and shape, with address 0. */
  public WeightOperand withoutAddress() {
    return new WeightOperand(format, 0, in, out, activations);
  }

  /** Bits of quantised activations when several rows are multiplied at once. */
  public int activationBits() {
    return activations == Activations.BITS_8 ? 8 : 16;
  }

  /**
   * Whether 8-bit activations are used: on AVX2, products of two full bytes overflow its 16-bit
   * sums, and working around that is slower than 16-bit activations.
   */
  boolean takesBytes(CpuFeatures features) {
    return format.isPacked()
        && activations == Activations.BITS_8
        && (format.isFourBits() || features.multipliesBytes());
  }
}
