package deepseek.kernel.cpu;

import deepseek.kernel.runtime.CpuFeatures;

/**
 * A weight [out, in] at an address, which stays valid as long as the program that uses it.
 *
 * @param activations how a packed weight takes what it is multiplied with
 */
public record Weight(
    WeightFormat format, long address, long in, long out, Activations activations) {

  /** What rows are rounded to before they meet packed weights, a scale for each 32. */
  public enum Activations {
    /** 16 bits: nothing is lost that counts. */
    BITS_16,
    /** 8 bits where several rows are multiplied at once and that is faster; else 16. */
    BITS_8
  }

  public Weight(WeightFormat format, long address, long in, long out) {
    this(format, address, in, out, Activations.BITS_16);
  }

  /** The same, wherever it lies. */
  public Weight withoutAddress() {
    return new Weight(format, 0, in, out, activations);
  }

  /** What rows are rounded to where several are multiplied at once. */
  public int activationBits() {
    return activations == Activations.BITS_8 ? 8 : 16;
  }

  /**
   * Whether rows of 8 bits are faster: bytes times bytes don't fit what AVX2 adds them up in, and
   * take it longer there than numbers of 16 bits.
   */
  boolean takesBytes(CpuFeatures features) {
    return format.isPacked()
        && activations == Activations.BITS_8
        && (format.isFourBits() || features.multipliesBytes());
  }
}
