package deepseek.kernel.cpu;

/**
 * FP32 rows [M, width] of a program, {@code stride} floats apart.
 *
 * @param copyBytes distance between the threads' private copies while a step has one row; 0: shared
 */
public record Rows(long address, long width, long stride, long copyBytes) {
  static final Rows NONE = new Rows(0, 0, 0, 0);
}
