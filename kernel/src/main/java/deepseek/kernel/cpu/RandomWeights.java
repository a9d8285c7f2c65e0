package deepseek.kernel.cpu;

import deepseek.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Random weights of a format, activations and masks, from a fixed seed. */
final class RandomWeights {
  private static final int LANES = 16;
  private static final int LINE = 64;

  private final CpuKernels kernels;
  private final WeightFormat format;
  private final Arena arena;
  private final Random random = new Random(1);

  /** Allocates everything in {@code arena}. */
  RandomWeights(CpuKernels kernels, WeightFormat format, Arena arena) {
    this.kernels = kernels;
    this.format = format;
    this.arena = arena;
  }

  /** FP32 numbers in [-0.5, 0.5). */
  MemorySegment numbers(long count) {
    return numbers(arena, count);
  }

  /** A weight stored by rows. */
  MemorySegment rows(int rows, int width) {
    MemorySegment all = arena.allocate(RowWeight.bytes(format, rows, width), LINE);
    if (!format.isPacked()) {
      fill(all, rows, width);
      return all;
    }
    try (Arena own = Arena.ofConfined()) {
      MemorySegment row = numbers(own, width);
      RowWeight weight = new RowWeight(format, all.address(), width, rows);
      for (int n = 0; n < rows; n++) {
        weight.pack(
            kernels, stored(row.address() - (long) n * width * Float.BYTES, width, rows), n, n + 1);
      }
    }
    return all;
  }

  /** A weight in whole blocks. */
  MemorySegment blocks(long out, long in) {
    MemorySegment all = arena.allocate(format.bytes(out, in), LINE);
    fill(all, out, in);
    return all;
  }

  /** Repeats the same sixteen random rows. */
  void fill(MemorySegment to, long rows, long width) {
    try (Arena own = Arena.ofConfined()) {
      if (format.isPacked()) {
        MemorySegment row = numbers(own, LANES * width);
        long size = format.bytes(LANES, width);
        for (long b = 0; b < Math.ceilDiv(rows, LANES); b++) {
          kernels.pack(stored(row.address(), width, LANES), format, to.address() + b * size, 0, 1);
        }
        return;
      }
      int bytes = format == WeightFormat.F32 ? Float.BYTES : Short.BYTES;
      for (long i = 0; i < rows * width; i++) {
        float value = random.nextFloat() - 0.5f;
        short half =
            format == WeightFormat.F16
                ? Float.floatToFloat16(value)
                : (short) (Float.floatToRawIntBits(value) >>> Short.SIZE);
        if (bytes == Float.BYTES) {
          to.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        } else {
          to.setAtIndex(ValueLayout.JAVA_SHORT, i, half);
        }
      }
    }
  }

  private static CpuKernels.UnpackedWeight stored(long address, long width, long rows) {
    return new CpuKernels.UnpackedWeight(
        GgmlType.F32, address, width * Float.BYTES, width, rows, 0);
  }

  private MemorySegment numbers(Arena own, long count) {
    MemorySegment all = own.allocate(ValueLayout.JAVA_FLOAT, count);
    for (long i = 0; i < count; i++) {
      all.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    return all;
  }

  /** A random mask with exactly this share of its entries set, rounded. */
  MemorySegment chosen(long count, double density) {
    MemorySegment mask = arena.allocate(count);
    long wanted = Math.round(count * density);
    for (long i = 0; i < count; i++) {
      boolean taken = random.nextDouble() * (count - i) < wanted;
      mask.set(ValueLayout.JAVA_BYTE, i, (byte) (taken ? 1 : 0));
      wanted -= taken ? 1 : 0;
    }
    return mask;
  }

  static long count(MemorySegment mask) {
    long count = 0;
    for (long i = 0; i < mask.byteSize(); i++) {
      count += mask.get(ValueLayout.JAVA_BYTE, i);
    }
    return count;
  }
}
