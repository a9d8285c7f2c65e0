package deepseek.kernel.cpu;

import deepseek.kernel.KernelException;
import java.util.EnumSet;
import java.util.Set;

/**
 * A weight [rows, width] stored row by row, so that single rows can be read: plain, or quantised
 * with a scale per group of 32 values.
 *
 * <p>A quantised row holds the values of its groups, then their float16 scales, then their minima
 * if any ({@code row_bytes} of sparse.c).
 */
public record RowWeight(WeightFormat format, long address, long width, long rows) {
  private static final int GROUP = 32;
  // The last row's scales are read in whole cache lines.
  private static final long READ_BEYOND = 64;
  private static final Set<WeightFormat> PACKED =
      EnumSet.of(WeightFormat.INT4, WeightFormat.INT4_OFFSET, WeightFormat.INT8);

  public RowWeight {
    requireRows(format);
  }

  /** Whether this format can be stored row by row. */
  static boolean has(WeightFormat format) {
    return !format.isPacked() || PACKED.contains(format);
  }

  private static void requireRows(WeightFormat format) {
    if (!has(format)) {
      throw new KernelException(
          "keep a weight by rows",
          "a plain format or one of " + PACKED,
          format.toString(),
          "round it to int8");
    }
  }

  /** Bytes of a weight [rows, width], including what kernels read beyond its end. */
  public static long bytes(WeightFormat format, long rows, long width) {
    requireRows(format);
    if (!format.isPacked()) {
      return format.bytes(rows, width);
    }
    long ofGroup =
        switch (format) {
          case INT4 -> GROUP / 2 + 2;
          case INT4_OFFSET -> GROUP / 2 + 4;
          default -> GROUP + 2;
        };
    return rows * Math.ceilDiv(width, GROUP) * ofGroup + READ_BEYOND;
  }

  /** Quantises rows {@code begin} to {@code end} of plain values into this weight's memory. */
  public void pack(CpuKernels kernels, CpuKernels.UnpackedWeight plain, long begin, long end) {
    kernels.packRows(plain, format, address, begin, end);
  }

  /** Writes one row as FP32 [width] to an address. */
  public void unpack(CpuKernels kernels, long row, long to) {
    kernels.unpackRow(format, address, width, row, to);
  }
}
