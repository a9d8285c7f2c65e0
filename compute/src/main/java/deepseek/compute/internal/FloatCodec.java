package deepseek.compute.internal;

import deepseek.compute.DType;
import deepseek.compute.Halves;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.LongStream;

/** Conversion between floating-point types, without libtorch. */
final class FloatCodec {
  private static final int CHUNK = 1 << 14;

  private FloatCodec() {}

  static boolean knows(DType type) {
    return type == DType.FLOAT32 || type == DType.FLOAT16 || type == DType.BFLOAT16;
  }

  /** All that {@code from} holds, rounded to nearest, ties to even. */
  static void convert(MemorySegment from, DType type, MemorySegment to, DType wanted) {
    long count = from.byteSize() / type.byteSize();
    LongStream chunks = LongStream.range(0, Math.ceilDiv(count, (long) CHUNK));
    chunks
        .parallel()
        .forEach(
            chunk -> {
              long first = chunk * CHUNK;
              int some = (int) Math.min(CHUNK, count - first);
              write(read(from, type, first, some), to, wanted, first);
            });
  }

  private static float[] read(MemorySegment from, DType type, long first, int count) {
    float[] floats = new float[count];
    if (type == DType.FLOAT32) {
      MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, first * Float.BYTES, floats, 0, count);
    } else {
      short[] halves = new short[count];
      MemorySegment.copy(from, ValueLayout.JAVA_SHORT, first * Short.BYTES, halves, 0, count);
      Halves.widen(halves, count, floats, type);
    }
    return floats;
  }

  private static void write(float[] floats, MemorySegment to, DType type, long first) {
    int count = floats.length;
    if (type == DType.FLOAT32) {
      MemorySegment.copy(floats, 0, to, ValueLayout.JAVA_FLOAT, first * Float.BYTES, count);
    } else {
      short[] halves = new short[count];
      Halves.narrow(floats, count, halves, type);
      MemorySegment.copy(halves, 0, to, ValueLayout.JAVA_SHORT, first * Short.BYTES, count);
    }
  }
}
