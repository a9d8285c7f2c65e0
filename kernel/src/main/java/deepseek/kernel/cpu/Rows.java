package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;

/**
 * FP32 rows [M, width] of a program, {@code stride} floats apart.
 *
 * @param copyBytes how far apart the threads' own copies are while a step has one row; 0: shared
 */
public record Rows(long address, long width, long stride, long copyBytes) {
  static final Rows NONE = new Rows(0, 0, 0, 0);

  /** Takes {@code count} rows of FP32 [.., width] without gaps, from {@code first} on. */
  void read(MemorySegment dense, long first, int count) {
    for (int r = 0; r < count; r++) {
      row(r).copyFrom(slice(dense, first + r));
    }
  }

  /** Writes the first {@code count} rows to where {@link #read} would take them from. */
  void write(MemorySegment dense, long first, int count) {
    for (int r = 0; r < count; r++) {
      slice(dense, first + r).copyFrom(row(r));
    }
  }

  private MemorySegment slice(MemorySegment dense, long row) {
    return dense.asSlice(row * width * Float.BYTES, width * Float.BYTES);
  }

  private MemorySegment row(int row) {
    return MemorySegment.ofAddress(address + row * stride * Float.BYTES)
        .reinterpret(width * Float.BYTES);
  }
}
