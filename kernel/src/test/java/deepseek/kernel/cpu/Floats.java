package deepseek.kernel.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** FP32 numbers in native memory. */
final class Floats {
  private Floats() {}

  /** Random ones between -1 and 1. */
  static MemorySegment random(Arena arena, Random random, long count) {
    MemorySegment all = arena.allocate(ValueLayout.JAVA_FLOAT, count);
    for (long i = 0; i < count; i++) {
      all.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
    }
    return all;
  }

  static float at(MemorySegment numbers, long index) {
    return numbers.getAtIndex(ValueLayout.JAVA_FLOAT, index);
  }
}
