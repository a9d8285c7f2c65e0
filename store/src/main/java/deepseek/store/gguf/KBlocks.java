package deepseek.store.gguf;

/**
 * Super-blocks of 256 weights, with a small integer scale per sub-block of 16 or 32: {@code w = d s
 * q} or {@code w = d s q - dmin m}.
 */
final class KBlocks {
  private static final int SIZE = 256;

  private KBlocks() {}

  /** s and m: 16 bytes of nibbles, q: 64 bytes of 2 bits, d, dmin: f16. */
  static void q2k(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 84;
      int to = block * SIZE;
      float d = Bits.half(in, at + 80);
      float min = Bits.half(in, at + 82);
      for (int sub = 0; sub < 16; sub++) {
        int scales = in[at + sub];
        float dl = d * (scales & 15);
        float ml = min * Bits.field(scales, 4, 4);
        // 16 sub-blocks are in 2 runs of 32 bytes: 2 halves, then 4 shifts, then the next run.
        int q = at + 16 + (sub >> 3) * 32 + (sub & 1) * 16;
        int shift = Bits.field(sub, 1, 2) * 2;
        for (int j = 0; j < 16; j++) {
          out[to + sub * 16 + j] = dl * Bits.field(in[q + j], shift, 2) - ml;
        }
      }
    }
  }

  /** Inverted third bits: 32 bytes, q: 64 bytes of 2 bits, s: 12 bytes of 6 bits, d: f16. */
  static void q3k(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 110;
      int to = block * SIZE;
      float d = Bits.half(in, at + 108);
      for (int sub = 0; sub < 16; sub++) {
        float dl = d * (q3scale(in, at + 96, sub) - 32);
        int half = (sub & 1) * 16;
        int q = at + 32 + (sub >> 3) * 32 + half;
        int shift = Bits.field(sub, 1, 2) * 2;
        int high = at + half;
        int bit = sub >> 1;
        for (int j = 0; j < 16; j++) {
          int low = Bits.field(in[q + j], shift, 2);
          out[to + sub * 16 + j] = dl * (low - ((Bits.field(in[high + j], bit, 1) ^ 1) << 2));
        }
      }
    }
  }

  private static int q3scale(byte[] in, int at, int sub) {
    int low = Bits.field(in[at + (sub & 7)], (sub >> 3) * 4, 4);
    int high = Bits.field(in[at + 8 + (sub & 3)], (sub >> 2) * 2, 2);
    return low | (high << 4);
  }

  /** d, dmin: f16, s and m: 12 bytes of 6 bits, q: 128 bytes of nibbles. */
  static void q4k(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 144;
      int to = block * SIZE;
      float d = Bits.half(in, at);
      float min = Bits.half(in, at + 2);
      for (int pair = 0; pair < 4; pair++) {
        float d0 = d * scale(in, at + 4, 2 * pair);
        float m0 = min * minimum(in, at + 4, 2 * pair);
        float d1 = d * scale(in, at + 4, 2 * pair + 1);
        float m1 = min * minimum(in, at + 4, 2 * pair + 1);
        int q = at + 16 + pair * 32;
        int y = to + pair * 64;
        for (int j = 0; j < 32; j++) {
          int both = in[q + j];
          out[y + j] = d0 * (both & 15) - m0;
          out[y + 32 + j] = d1 * Bits.field(both, 4, 4) - m1;
        }
      }
    }
  }

  /** As Q4_K, with fifth bits in 32 bytes before q. */
  static void q5k(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 176;
      int to = block * SIZE;
      float d = Bits.half(in, at);
      float min = Bits.half(in, at + 2);
      int high = at + 16;
      for (int pair = 0; pair < 4; pair++) {
        float d0 = d * scale(in, at + 4, 2 * pair);
        float m0 = min * minimum(in, at + 4, 2 * pair);
        float d1 = d * scale(in, at + 4, 2 * pair + 1);
        float m1 = min * minimum(in, at + 4, 2 * pair + 1);
        int q = at + 48 + pair * 32;
        int y = to + pair * 64;
        for (int j = 0; j < 32; j++) {
          int both = in[q + j];
          int fifth = in[high + j] >> (2 * pair);
          out[y + j] = d0 * ((both & 15) | ((fifth & 1) << 4)) - m0;
          out[y + 32 + j] = d1 * (Bits.field(both, 4, 4) | ((fifth & 2) << 3)) - m1;
        }
      }
    }
  }

  /** Scale of a sub-block in the packing that Q4_K and Q5_K share. */
  private static int scale(byte[] in, int at, int sub) {
    return sub < 4
        ? in[at + sub] & 63
        : (in[at + 4 + sub] & 15) | (Bits.field(in[at + sub - 4], 6, 2) << 4);
  }

  private static int minimum(byte[] in, int at, int sub) {
    return sub < 4
        ? in[at + 4 + sub] & 63
        : Bits.field(in[at + 4 + sub], 4, 4) | (Bits.field(in[at + sub], 6, 2) << 4);
  }

  /** Low nibbles: 128 bytes, high 2 bits: 64 bytes, s: 16 signed bytes, d: f16. */
  static void q6k(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 210;
      int to = block * SIZE;
      float d = Bits.half(in, at + 208);
      for (int sub = 0; sub < 16; sub++) {
        float dl = d * in[at + 192 + sub];
        int half = sub >> 3;
        int quarter = Bits.field(sub, 1, 2);
        int column = (sub & 1) * 16;
        int low = at + half * 64 + (quarter & 1) * 32 + column;
        int lowShift = (quarter >> 1) * 4;
        int high = at + 128 + half * 32 + column;
        int highShift = quarter * 2;
        for (int j = 0; j < 16; j++) {
          int q =
              Bits.field(in[low + j], lowShift, 4) | (Bits.field(in[high + j], highShift, 2) << 4);
          out[to + sub * 16 + j] = dl * (q - 32);
        }
      }
    }
  }

  /** d: f32, q: 256 signed bytes, sums: 16 of 2 bytes, which are not used here. */
  static void q8k(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 292;
      int to = block * SIZE;
      float d = Bits.single(in, at);
      for (int j = 0; j < SIZE; j++) {
        out[to + j] = d * in[at + 4 + j];
      }
    }
  }
}
