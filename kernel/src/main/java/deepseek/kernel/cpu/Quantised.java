package deepseek.kernel.cpu;

/**
 * Addresses of rows quantised to integers with a scale per group of 32: quantised_t of step.h.
 *
 * @param narrow whether tiles of rows hold 8-bit instead of 16-bit integers
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
