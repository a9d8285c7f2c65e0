package deepseek.kernel.cpu;

/** How a cache keeps a row of keys or values: as plain weights lie, or in 8 bits. */
public enum CacheFormat {
  BF16(WeightFormat.BF16.ordinal()),
  F32(WeightFormat.F32.ordinal()),
  F16(WeightFormat.F16.ordinal()),
  /** Signed bytes, and after a row's a float16 scale for each 32. */
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

  /** Bytes of a row of {@code width} values. */
  public int rowBytes(int width) {
    return switch (this) {
      case BF16, F16 -> width * Short.BYTES;
      case F32 -> width * Float.BYTES;
      case INT8 -> Math.ceilDiv(width, 2) * 2 + Math.ceilDiv(width, GROUP) * Short.BYTES;
    };
  }
}
