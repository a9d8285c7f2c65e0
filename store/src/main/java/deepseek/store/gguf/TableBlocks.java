package deepseek.store.gguf;

/** Blocks whose nibbles index a table of 16 unevenly spaced values: {@code w = d table[q]}. */
final class TableBlocks {
  private static final float[] NON_LINEAR = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  /** Twice the values of a 4-bit float with 2 exponent bits; the scale is halved instead. */
  private static final float[] E2M1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

  private static final float[] HALF_UE4M3 = halfUe4m3();

  private TableBlocks() {}

  /** d: f16, q: 16 bytes. */
  static void iq4nl(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 18;
      nibbles(NON_LINEAR, Bits.half(in, at), in, at + 2, 16, out, block * 32);
    }
  }

  /** d: f16, s: 8 of 6 bits as high 2 bits (2 bytes) and low nibbles (4 bytes), q: 128 bytes. */
  static void iq4xs(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 136;
      float d = Bits.half(in, at);
      int high = Bits.uint16(in, at + 2);
      for (int sub = 0; sub < 8; sub++) {
        int low = Bits.field(in[at + 4 + (sub >> 1)], (sub & 1) * 4, 4);
        float dl = d * ((low | (Bits.field(high, 2 * sub, 2) << 4)) - 32);
        nibbles(NON_LINEAR, dl, in, at + 8 + sub * 16, 16, out, block * 256 + sub * 32);
      }
    }
  }

  /** Exponent: 1 byte, q: 16 bytes (OCP Microscaling Formats 1.0). */
  static void mxfp4(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 17;
      nibbles(E2M1, halfE8m0(in[at] & 0xFF), in, at + 1, 16, out, block * 32);
    }
  }

  /** Four scales of 1 byte (unsigned e4m3), then four runs of 8 bytes for 16 weights each. */
  static void nvfp4(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 36;
      for (int sub = 0; sub < 4; sub++) {
        float d = HALF_UE4M3[in[at + sub] & 0xFF];
        nibbles(E2M1, d, in, at + 4 + sub * 8, 8, out, block * 64 + sub * 16);
      }
    }
  }

  private static void nibbles(
      float[] table, float d, byte[] in, int at, int bytes, float[] out, int to) {
    for (int j = 0; j < bytes; j++) {
      int pair = in[at + j];
      out[to + j] = d * table[pair & 15];
      out[to + bytes + j] = d * table[Bits.field(pair, 4, 4)];
    }
  }

  /** 2^(e-128), subnormal for the two smallest e. */
  private static float halfE8m0(int e) {
    return Float.intBitsToFloat(e < 2 ? 0x00200000 << e : (e - 1) << 23);
  }

  private static float[] halfUe4m3() {
    float[] values = new float[256];
    for (int x = 0; x < values.length; x++) {
      int exponent = Bits.field(x, 3, 4);
      float mantissa = x & 7;
      float value =
          exponent == 0 ? Math.scalb(mantissa, -9) : Math.scalb(1 + mantissa / 8, exponent - 7);
      values[x] = x == 0 || x == 0x7F ? 0 : value * 0.5f;
    }
    return values;
  }
}
