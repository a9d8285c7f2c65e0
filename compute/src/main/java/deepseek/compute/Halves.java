package deepseek.compute;

import java.lang.reflect.Array;

/** FLOAT16 and BFLOAT16 numbers, as their bits, from and to floats. */
public final class Halves {
  private static final String CONVERT = "convert floats";

  private Halves() {}

  /** Rounds the first {@code count} to nearest, ties to even; a NaN stays one. */
  public static void narrow(float[] from, int count, short[] to, DType type) {
    requireRoom(count, length(from), length(to));
    if (requireHalf(type) == DType.BFLOAT16) {
      for (int i = 0; i < count; i++) {
        to[i] = bfloat16(from[i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        to[i] = Float.floatToFloat16(from[i]);
      }
    }
  }

  /** Rounds to nearest, ties to even; a NaN stays one. */
  public static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    return (short) ((bits & 0x7FFFFFFF) > 0x7F800000 ? (bits >> 16) | 64 : rounded);
  }

  /** The first {@code count} as floats. */
  public static void widen(short[] from, int count, float[] to, DType type) {
    requireRoom(count, length(from), length(to));
    if (requireHalf(type) == DType.BFLOAT16) {
      for (int i = 0; i < count; i++) {
        to[i] = Float.intBitsToFloat(from[i] << 16);
      }
    } else {
      for (int i = 0; i < count; i++) {
        to[i] = Float.float16ToFloat(from[i]);
      }
    }
  }

  private static int length(Object array) {
    return Array.getLength(ComputeException.present(CONVERT, "two arrays", array));
  }

  private static void requireRoom(int count, int from, int to) {
    if (count < 0 || count > from || count > to) {
      throw new ComputeException(
          CONVERT,
          "a count from 0 to " + Math.min(from, to) + ", the shorter array's",
          String.valueOf(count),
          "pass arrays that are long enough");
    }
  }

  private static DType requireHalf(DType type) {
    ComputeException.present(CONVERT, "float16 or bfloat16", type);
    if (type != DType.FLOAT16 && type != DType.BFLOAT16) {
      throw new ComputeException(
          CONVERT, "float16 or bfloat16", type.torchName(), "choose one of these");
    }
    return type;
  }
}
