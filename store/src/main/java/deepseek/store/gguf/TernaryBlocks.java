package deepseek.store.gguf;

/** Super-blocks of 256 weights that are -d, 0 or d. */
final class TernaryBlocks {
  private static final int SIZE = 256;
  private static final int[] POWERS_OF_3 = {1, 3, 9, 27, 81};

  private TernaryBlocks() {}

  /**
   * Five base-3 digits per byte, as fractions of 256: 32 + 16 bytes; then four per byte: 4 bytes;
   * d: f16.
   */
  static void tq1(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 54;
      int to = block * SIZE;
      float d = Bits.half(in, at + 52);
      digits(in, at, 32, 5, d, out, to);
      digits(in, at + 32, 16, 5, d, out, to + 160);
      digits(in, at + 48, 4, 4, d, out, to + 240);
    }
  }

  private static void digits(
      byte[] in, int at, int bytes, int digits, float d, float[] out, int to) {
    for (int digit = 0; digit < digits; digit++) {
      for (int j = 0; j < bytes; j++) {
        int fraction = (in[at + j] * POWERS_OF_3[digit]) & 0xFF;
        out[to + digit * bytes + j] = d * (((fraction * 3) >> 8) - 1);
      }
    }
  }

  /** Two bits per weight: 64 bytes, d: f16. */
  static void tq2(byte[] in, int blocks, float[] out) {
    for (int block = 0; block < blocks; block++) {
      int at = block * 66;
      int to = block * SIZE;
      float d = Bits.half(in, at + 64);
      for (int group = 0; group < 8; group++) {
        int q = at + (group >> 2) * 32;
        int shift = (group & 3) * 2;
        for (int j = 0; j < 32; j++) {
          out[to + group * 32 + j] = d * (Bits.field(in[q + j], shift, 2) - 1);
        }
      }
    }
  }
}
