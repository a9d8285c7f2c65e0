package deepseek.store.gguf;

/**
 * Super-blocks of 256 weights in runs of 8 from a codebook: {@code w = d s sign grid[q]}; IQ1 adds
 * an offset of an eighth instead of signs: {@code w = d s (grid[q] ± 1/8)}.
 */
final class CodebookBlocks {
  private static final int SIZE = 256;
  private static final float DELTA = 0.125f;

  private CodebookBlocks() {}

  /** d: f16, per 32 weights: 4 indices of 8 bits, then 4 x 7 sign bits and a scale of 4 bits. */
  static void iq2xxs(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 66;
      float d = Bits.half(in, at);
      for (int group = 0; group < 8; group++) {
        int q = at + 2 + group * 8;
        int signs = Bits.int32(in, q + 4);
        float db = d * (0.5f + (signs >>> 28)) * 0.25f;
        for (int run = 0; run < 4; run++) {
          int to = block * SIZE + group * 32 + run * 8;
          spell(
              Codebook.IQ2_XXS,
              in[q + run] & 0xFF,
              db,
              Codebook.signs(signs >> (7 * run)),
              out,
              to);
        }
      }
    }
  }

  /** d: f16, 32 of 9 index and 7 sign bits, s: 8 bytes of nibbles for 16 weights each. */
  static void iq2xs(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 74;
      float d = Bits.half(in, at);
      for (int run = 0; run < 32; run++) {
        int q = Bits.uint16(in, at + 2 + run * 2);
        float db = iq2scale(d, Bits.field(in[at + 66 + (run >> 2)], Bits.field(run, 1, 1) * 4, 4));
        spell(Codebook.IQ2_XS, q & 511, db, Codebook.signs(q >> 9), out, block * SIZE + run * 8);
      }
    }
  }

  /** d: f16, low index bytes: 32, signs: 32, high index bits: 8, s: 8 bytes of nibbles. */
  static void iq2s(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 82;
      float d = Bits.half(in, at);
      for (int run = 0; run < 32; run++) {
        int high = Bits.field(in[at + 66 + (run >> 2)], (run & 3) * 2, 2);
        int q = (in[at + 2 + run] & 0xFF) | (high << 8);
        float db = iq2scale(d, Bits.field(in[at + 74 + (run >> 2)], Bits.field(run, 1, 1) * 4, 4));
        spell(Codebook.IQ2_S, q, db, in[at + 34 + run], out, block * SIZE + run * 8);
      }
    }
  }

  private static float iq2scale(float d, int scale) {
    return d * (0.5f + scale) * 0.25f;
  }

  /** d: f16, 64 indices of 8 bits for 4 weights each, per 32 weights: signs and scale, 4 bytes. */
  static void iq3xxs(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 98;
      float d = Bits.half(in, at);
      for (int run = 0; run < 32; run++) {
        int scales = Bits.int32(in, at + 66 + (run >> 2) * 4);
        float db = d * (0.5f + (scales >>> 28)) * 0.5f;
        int signs = Codebook.signs(scales >> ((run & 3) * 7));
        int q = at + 2 + run * 2;
        int to = block * SIZE + run * 8;
        spellTwo(Codebook.IQ3_XXS, in[q] & 0xFF, in[q + 1] & 0xFF, db, signs, out, to);
      }
    }
  }

  /** d: f16, low index bytes: 64, ninth index bits: 8, signs: 32, s: 4 bytes of nibbles. */
  static void iq3s(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 110;
      float d = Bits.half(in, at);
      for (int run = 0; run < 32; run++) {
        int scale = Bits.field(in[at + 106 + (run >> 3)], Bits.field(run, 2, 1) * 4, 4);
        float db = d * (1 + 2 * scale);
        int ninth = in[at + 66 + (run >> 2)] >> ((run & 3) * 2);
        int q = at + 2 + run * 2;
        int first = (in[q] & 0xFF) | ((ninth & 1) << 8);
        int second = (in[q + 1] & 0xFF) | ((ninth & 2) << 7);
        int to = block * SIZE + run * 8;
        spellTwo(Codebook.IQ3_S, first, second, db, in[at + 74 + run], out, to);
      }
    }
  }

  /**
   * d: f16, low index bytes: 32, per 32 weights: 4 x 3 index bits, scale of 3 bits, delta's sign.
   */
  static void iq1s(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 50;
      float d = Bits.half(in, at);
      for (int run = 0; run < 32; run++) {
        int high = Bits.uint16(in, at + 34 + (run >> 2) * 2);
        float dl = d * (2 * Bits.field(high, 12, 3) + 1);
        float delta = (high & 0x8000) == 0 ? DELTA : -DELTA;
        int q = (in[at + 2 + run] & 0xFF) | (Bits.field(high, (run & 3) * 3, 3) << 8);
        shift(q, dl, delta, out, block * SIZE + run * 8);
      }
    }
  }

  /** Low index bytes: 32, nibbles of 3 index bits and delta's sign: 16, s and a split d: 8. */
  static void iq1m(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 56;
      int scales = at + 48;
      float d = splitHalf(in, scales);
      for (int run = 0; run < 32; run++) {
        int sub = run >> 1;
        int scale = Bits.field(Bits.uint16(in, scales + (sub >> 2) * 2), (sub & 3) * 3, 3);
        int nibble = in[at + 32 + (run >> 1)] >> ((run & 1) * 4);
        float delta = (nibble & 8) == 0 ? DELTA : -DELTA;
        int q = (in[at + run] & 0xFF) | ((nibble & 7) << 8);
        shift(q, d * (2 * scale + 1), delta, out, block * SIZE + run * 8);
      }
    }
  }

  /** An f16 whose four nibbles are the top nibbles of four 16-bit words. */
  private static float splitHalf(byte[] in, int at) {
    int bits = 0;
    for (int word = 0; word < 4; word++) {
      bits |= (Bits.uint16(in, at + word * 2) >> 12) << (4 * word);
    }
    return Float.float16ToFloat((short) bits);
  }

  private static void spell(float[] grid, int index, float d, int signs, float[] out, int to) {
    for (int j = 0; j < 8; j++) {
      float value = d * grid[index * 8 + j];
      out[to + j] = Bits.field(signs, j, 1) == 0 ? value : -value;
    }
  }

  private static void spellTwo(
      float[] grid, int first, int second, float d, int signs, float[] out, int to) {
    for (int j = 0; j < 4; j++) {
      float low = d * grid[first * 4 + j];
      float high = d * grid[second * 4 + j];
      out[to + j] = Bits.field(signs, j, 1) == 0 ? low : -low;
      out[to + 4 + j] = Bits.field(signs, j + 4, 1) == 0 ? high : -high;
    }
  }

  private static void shift(int index, float d, float delta, float[] out, int to) {
    for (int j = 0; j < 8; j++) {
      out[to + j] = d * (Codebook.IQ1[index * 8 + j] + delta);
    }
  }
}
