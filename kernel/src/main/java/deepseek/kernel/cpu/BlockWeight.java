package deepseek.kernel.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A block-sparse weight [out, in]: the nonzero blocks of 16 rows and 64 columns are stored
 * contiguously. Packed blocks are laid out as in every packed weight, plain ones as [64, 16].
 *
 * @param address of the blocks
 * @param offsets address of INT64 [ceil(out / 16) + 1]: the index of each block row's first block
 * @param columns address of INT64 [blocks]: each block's column in units of 64, ascending within a
 *     block row
 */
public record BlockWeight(
    WeightFormat format, long address, long offsets, long columns, long in, long out) {
  /** Rows of a block. */
  public static final int ROWS = 16;

  /** Columns of a block. */
  public static final int COLUMNS = 64;

  /** Bytes of one block. */
  public static long blockBytes(WeightFormat format) {
    return format.bytes(ROWS, COLUMNS);
  }

  /** The number of blocks of the dense weight. */
  public long possible() {
    return Math.ceilDiv(out, ROWS) * Math.ceilDiv(in, COLUMNS);
  }

  /** The number of stored blocks. */
  public long stored() {
    return word(offsets, Math.ceilDiv(out, ROWS));
  }

  /**
   * Packs stored block {@code at}, whose position is {@code row}, {@code column} in units of
   * blocks, from plain values.
   */
  public void pack(
      CpuKernels kernels, CpuKernels.UnpackedWeight plain, long at, long row, long column) {
    long wide = plain.type().blockBytes();
    long from = plain.address() + row * ROWS * plain.rowBytes() + column * COLUMNS * wide;
    long high = Math.min(ROWS, out - row * ROWS);
    long across = Math.min(COLUMNS, in - column * COLUMNS);
    long to = address + at * blockBytes(format);
    if (format.isPacked()) {
      kernels.pack(
          new CpuKernels.UnpackedWeight(plain.type(), from, plain.rowBytes(), across, high, 0),
          format,
          to,
          0,
          1);
    } else {
      kernels.packBlock(format, from, plain.rowBytes(), across, high, to);
    }
  }

  /** Writes row {@code row} as FP32 [in] to an address. */
  public void unpack(CpuKernels kernels, long row, long to) {
    MemorySegment y = MemorySegment.ofAddress(to).reinterpret(in * Float.BYTES);
    y.fill((byte) 0);
    long block = row / ROWS;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment part = arena.allocate(ValueLayout.JAVA_FLOAT, COLUMNS);
      for (long at = word(offsets, block); at < word(offsets, block + 1); at++) {
        unpackBlockRow(kernels, at, row % ROWS, part);
        long first = word(columns, at) * COLUMNS;
        long bytes = Math.min(COLUMNS, in - first) * Float.BYTES;
        y.asSlice(first * Float.BYTES, bytes).copyFrom(part.asSlice(0, bytes));
      }
    }
  }

  private void unpackBlockRow(CpuKernels kernels, long at, long lane, MemorySegment to) {
    long block = address + at * blockBytes(format);
    if (format.isPacked()) {
      kernels.unpack(new WeightOperand(format, block, COLUMNS, ROWS), lane, to.address());
      return;
    }
    MemorySegment values = MemorySegment.ofAddress(block).reinterpret(blockBytes(format));
    for (long k = 0; k < COLUMNS; k++) {
      to.setAtIndex(ValueLayout.JAVA_FLOAT, k, plainValue(values, k * ROWS + lane));
    }
  }

  private float plainValue(MemorySegment values, long index) {
    if (format == WeightFormat.F32) {
      return values.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }
    short half = values.getAtIndex(ValueLayout.JAVA_SHORT, index);
    return format == WeightFormat.F16
        ? Float.float16ToFloat(half)
        : Float.intBitsToFloat(half << Short.SIZE);
  }

  private static long word(long address, long index) {
    return MemorySegment.ofAddress(address + index * Long.BYTES)
        .reinterpret(Long.BYTES)
        .get(ValueLayout.JAVA_LONG, 0);
  }
}
