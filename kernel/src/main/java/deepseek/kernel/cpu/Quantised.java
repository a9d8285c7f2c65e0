package deepseek.kernel.cpu;

/**
 * Addresses of rows in whole numbers with a scale for each 32: quantised_t of step.h.
 *
 * @param narrow tiles of rows have bytes instead of 16-bit numbers
 */
record Quantised(
    long bytes,
    long scales,
    long weighted,
    long sums,
    long upper,
    long groups,
    long copyBytes,
    boolean narrow) {
  static final int WORDS = 8;
  static final Quantised NONE = new Quantised(0, 0, 0, 0, 0, 0, 0, false);
}
