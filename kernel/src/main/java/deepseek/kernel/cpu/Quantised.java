package deepseek.kernel.cpu;

/** Addresses of rows as signed bytes with a scale for each 32 of them: quantised_t of step.h. */
record Quantised(
    long bytes, long scales, long weighted, long sums, long upper, long groups, long copyBytes) {
  static final Quantised NONE = new Quantised(0, 0, 0, 0, 0, 0, 0);
}
