package deepseek.store.gguf;

/**
 * Blocks of 32 weights (128 for Q1_0) with one scale: {@code w = d q} or {@code w = d q + m}. Low
 * nibbles hold the first half of a block, high nibbles the second.
 */
final class SimpleBlocks {
  private SimpleBlocks() {}

  /** d: f16, q: 16 bytes. */
  static void q4x0(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 18;
      int to = block * 32;
      float d = Bits.half(in, at);
      for (int j = 0; j < 16; j++) {
        int pair = in[at + 2 + j];
        out[to + j] = d * ((pair & 15) - 8);
        out[to + 16 + j] = d * (Bits.field(pair, 4, 4) - 8);
      }
    }
  }

  /** d, m: f16, q: 16 bytes. */
  static void q4x1(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 20;
      int to = block * 32;
      float d = Bits.half(in, at);
      float m = Bits.half(in, at + 2);
      for (int j = 0; j < 16; j++) {
        int pair = in[at + 4 + j];
        out[to + j] = d * (pair & 15) + m;
        out[to + 16 + j] = d * Bits.field(pair, 4, 4) + m;
      }
    }
  }

  /** d: f16, fifth bits: 4 bytes, q: 16 bytes. */
  static void q5x0(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 22;
      int to = block * 32;
      float d = Bits.half(in, at);
      int high = Bits.int32(in, at + 2);
      for (int j = 0; j < 16; j++) {
        int pair = in[at + 6 + j];
        out[to + j] = d * (((pair & 15) | (Bits.field(high, j, 1) << 4)) - 16);
        out[to + 16 + j] = d * ((Bits.field(pair, 4, 4) | (Bits.field(high, j + 16, 1) << 4)) - 16);
      }
    }
  }

  /** d, m: f16, fifth bits: 4 bytes, q: 16 bytes. */
  static void q5x1(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 24;
      int to = block * 32;
      float d = Bits.half(in, at);
      float m = Bits.half(in, at + 2);
      int high = Bits.int32(in, at + 4);
      for (int j = 0; j < 16; j++) {
        int pair = in[at + 8 + j];
        out[to + j] = d * ((pair & 15) | (Bits.field(high, j, 1) << 4)) + m;
        out[to + 16 + j] = d * (Bits.field(pair, 4, 4) | (Bits.field(high, j + 16, 1) << 4)) + m;
      }
    }
  }

  /** d: f16, q: 32 signed bytes. */
  static void q8x0(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 34;
      int to = block * 32;
      float d = Bits.half(in, at);
      for (int j = 0; j < 32; j++) {
        out[to + j] = in[at + 2 + j] * d;
      }
    }
  }

  /** d: f16, 128 sign bits: {@code w = d} where the bit is set, {@code -d} elsewhere. */
  static void q1x0(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 18;
      int to = block * 128;
      float d = Bits.half(in, at);
      for (int j = 0; j < 128; j++) {
        out[to + j] = Bits.field(in[at + 2 + (j >> 3)], j & 7, 1) != 0 ? d : -d;
      }
    }
  }
}
