package deepseek.kernel.cpu;

import deepseek.kernel.runtime.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.Supplier;
import org.assertj.core.api.Assertions;

/** FP32 numbers in native memory. */
final class Floats {
  private Floats() {}

  /** Random numbers between -1 and 1. */
  static MemorySegment random(Arena arena, Random random, long count) {
    MemorySegment all = NativeMemory.zeros(count * Float.BYTES, arena);
    for (long i = 0; i < count; i++) {
      all.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
    }
    return all;
  }

  static float at(MemorySegment numbers, long index) {
    return numbers.getAtIndex(ValueLayout.JAVA_FLOAT, index);
  }

  /** One of a program's rows. */
  static MemorySegment row(Rows rows, long row) {
    return MemorySegment.ofAddress(rows.address() + row * rows.stride() * Float.BYTES)
        .reinterpret(rows.width() * Float.BYTES);
  }

  static void write(Rows rows, long row, float[] values) {
    row(rows, row).copyFrom(MemorySegment.ofArray(values));
  }

  static float[] read(Rows rows, long row) {
    return row(rows, row).toArray(ValueLayout.JAVA_FLOAT);
  }

  /** Normally distributed numbers. */
  static float[] gaussian(Random random, int count) {
    float[] all = new float[count];
    for (int i = 0; i < count; i++) {
      all[i] = (float) random.nextGaussian();
    }
    return all;
  }

  /**
   * Fails unless the numbers of {@code got} from {@code from} on equal {@code want}, with an error
   * of at most {@code error} times the largest magnitude, or 1 if that is larger.
   */
  static void requireClose(
      float[] got, int from, double[] want, double error, Supplier<String> what) {
    double size = 1;
    for (double value : want) {
      size = Math.max(size, Math.abs(value));
    }
    for (int i = 0; i < want.length; i++) {
      if (!(Math.abs(got[from + i] - want[i]) <= error * size)) {
        Assertions.fail("%s: value %d is %s, should be %s", what.get(), i, got[from + i], want[i]);
      }
    }
  }
}
