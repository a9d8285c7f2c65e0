package deepseek.kernel.cpu;

/** How a cache stores rows of keys and values: as unpacked numbers, or in 8 bits. */
public enum CacheFormat {
  BF16(WeightFormat.BF16.ordinal()),
  F32(WeightFormat.F32.ordinal()),
  F16(WeightFormat.F16.ordinal()),
  /**
   * Each group of 32 values is multiplied by a Hadamard matrix and rounded to signed bytes; a
   * float16 scale per group follows the row's bytes. Keys have a ninth bit.
   */
  INT8(8);

  private static final int GROUP = 32;

  private final int code;

  CacheFormat(int code) {
    this.code = code;
  }

  /** The format's number in attention.c. */
  int code() {
    return code;
  }

  /** Bytes of a cached value of {@code width} numbers. */
  public int valueBytes(int width) {
    return switch (this) {
      case BF16, F16 -> width * Short.BYTES;
      case F32 -> width * Float.BYTES;
      case INT8 -> even(width) + Math.ceilDiv(width, GROUP) * Short.BYTES;
    };
  }

  /** Bytes of a cached key of {@code width} numbers. */
  public int keyBytes(int width) {
    int ninthBits = this == INT8 ? even(Math.ceilDiv(width, Byte.SIZE)) : 0;
    return valueBytes(width) + ninthBits;
  }

  private static int even(int bytes) {
    return Math.ceilDiv(bytes, 2) * 2;
  }
}
