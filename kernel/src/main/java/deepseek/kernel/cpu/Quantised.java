package deepseek.kernel.cpu;

/** Addresses of rows in whole numbers with a scale for each 32: quantised_t of step.h. */
record Quantised(
    long bytes, long scales, long weighted, long sums, long upper, long groups, long copyBytes) {
  static final Quantised NONE = new Quantised(0, 0, 0, 0, 0, 0, 0);
}
