package deepseek.kernel.cpu;

import static deepseek.kernel.cpu.AllMemory.half;
import static deepseek.kernel.cpu.AllMemory.unsigned;
import static deepseek.kernel.cpu.AllMemory.word;

import deepseek.GgmlType;

/**
 * 32 values of a stored row: {@code value = scale * (q - zero of the format) + minimum}, with a
 * second scale from value 16 on. The Java version of pack.c, for machines without a compiler.
 */
final class StoredGroup {
  private static final int[] NON_LINEAR = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  final byte[] q = new byte[32];
  float scale;
  float second;
  float minimum;

  /** Reads group {@code g} of a row of one of GGML's quantised types. */
  void read(GgmlType type, long row, long g) {
    minimum = 0;
    switch (type) {
      case Q4_0 -> {
        long b = row + g * 18;
        scale = number(b);
        nibbles(b + 2);
      }
      case Q4_1 -> {
        long b = row + g * 20;
        scale = number(b);
        minimum = number(b + 2);
        nibbles(b + 4);
      }
      case Q5_0 -> {
        long b = row + g * 22;
        scale = number(b);
        fives(b + 6, word(b + 2), 112); // INT8's zero is 128, this one's 16
      }
      case Q5_1 -> {
        long b = row + g * 24;
        scale = number(b);
        minimum = number(b + 2);
        fives(b + 8, word(b + 4), 0);
      }
      case Q8_0 -> {
        long b = row + g * 34;
        scale = number(b);
        bytes(b + 2);
      }
      case Q4_K -> scaledTwice(row + g / 8 * 144, 16, (int) (g % 8));
      case Q5_K -> {
        long b = row + g / 8 * 176;
        int j = (int) (g % 8);
        scaledTwice(b, 48, j);
        for (int i = 0; i < 32; i++) {
          q[i] |= (byte) ((unsigned(b + 16 + i) >> j & 1) << 4);
        }
      }
      case Q6_K -> sixes(row + g / 8 * 210, (int) (g % 8));
      case IQ4_NL -> {
        long b = row + g * 18;
        scale = number(b);
        nonLinear(b + 2);
      }
      default -> throw new IllegalArgumentException("no packer for GGML type " + type);
    }
    if (type != GgmlType.Q6_K) {
      second = scale;
    }
  }

  private static float number(long at) {
    return Float.float16ToFloat(half(at));
  }

  private void nibbles(long at) {
    for (int i = 0; i < 16; i++) {
      int both = unsigned(at + i);
      q[i] = (byte) (both & 15);
      q[i + 16] = (byte) (both >> 4);
    }
  }

  private void nonLinear(long at) {
    nibbles(at);
    for (int i = 0; i < 32; i++) {
      q[i] = (byte) (NON_LINEAR[q[i]] + 128);
    }
  }

  private void bytes(long at) {
    for (int i = 0; i < 32; i++) {
      q[i] = (byte) (unsigned(at + i) ^ 128);
    }
  }

  private void fives(long at, int high, int lift) {
    for (int i = 0; i < 16; i++) {
      int both = unsigned(at + i);
      q[i] = (byte) (((both & 15) | ((high >> i) & 1) << 4) + lift);
      q[i + 16] = (byte) ((both >> 4 | ((high >> (i + 16)) & 1) << 4) + lift);
    }
  }

  /** Unpacks a K-quant's eight 6-bit scales and minima from twelve bytes. */
  private void scaledTwice(long b, int values, int j) {
    long s = b + 4;
    int factor;
    int least;
    if (j < 4) {
      factor = unsigned(s + j) & 63;
      least = unsigned(s + j + 4) & 63;
    } else {
      factor = (unsigned(s + j + 4) & 15) | unsigned(s + j - 4) >> 6 << 4;
      least = unsigned(s + j + 4) >> 4 | unsigned(s + j) >> 6 << 4;
    }
    scale = number(b) * factor;
    minimum = -number(b + 2) * least;
    for (int i = 0; i < 32; i++) {
      int both = unsigned(b + values + j / 2 * 32L + i);
      q[i] = (byte) (j % 2 == 1 ? both >> 4 : both & 15);
    }
  }

  private void sixes(long b, int j) {
    int part = j / 4;
    int quarter = j % 4;
    long low = b + 64L * part + 32L * (quarter % 2);
    long high = b + 128 + 32L * part;
    long scales = b + 192 + 8L * part + 2L * quarter;
    scale = number(b + 208) * (byte) unsigned(scales);
    second = number(b + 208) * (byte) unsigned(scales + 1);
    for (int i = 0; i < 32; i++) {
      int both = unsigned(low + i);
      int nibble = quarter >= 2 ? both >> 4 : both & 15;
      q[i] = (byte) ((nibble | ((unsigned(high + i) >> (2 * quarter)) & 3) << 4) + 96);
    }
  }

  private final float[] x = new float[32];

  /** Quantises group {@code g} of a row of plain numbers to a format. */
  void round(GgmlType type, WeightFormat format, long row, long g, long in) {
    for (int i = 0; i < 32; i++) {
      long k = 32 * g + i;
      x[i] = k < in ? plain(type, row, k) : 0;
    }
    float low = x[0];
    float high = x[0];
    float most = 0;
    for (float value : x) {
      low = value < low ? value : low;
      high = value > high ? value : high;
      float size = Math.abs(value);
      most = size > most ? size : most;
    }
    boolean hasMinima = format == WeightFormat.INT4_OFFSET;
    float steps = hasMinima ? 15 : format == WeightFormat.INT4 ? 7 : 127;
    scale = rounded((hasMinima ? high - low : most) / steps);
    minimum = hasMinima ? rounded(low) : 0;
    second = scale;
    float inverse = scale > 0 ? 1 / scale : 0;
    int top = format.isFourBits() ? 15 : 255;
    int least = format == WeightFormat.INT8 ? 1 : 0;
    for (int i = 0; i < 32; i++) {
      float place = Math.fma(x[i] - minimum, inverse, format.zero()) + 0.5f;
      q[i] = (byte) Math.clamp((int) place, least, top);
    }
  }

  /** The value as float16 stores it. */
  private static float rounded(float value) {
    return Float.float16ToFloat(Float.floatToFloat16(value));
  }

  private static float plain(GgmlType type, long row, long k) {
    return switch (type) {
      case F32 -> Float.intBitsToFloat(word(row + 4 * k));
      case F16 -> number(row + 2 * k);
      default -> Float.intBitsToFloat(half(row + 2 * k) << 16);
    };
  }
}
