package deepseek.kernel.cpu;

import java.util.Locale;

/**
 * The memory layout of a weight [out, in].
 *
 * <p>Packed formats hold blocks of 16 rows and 64 columns, {@code value = scale * (q - zero) (+
 * offset)} with float16 scales for 32 values: four columns of a row fill a 32-bit lane, sixteen
 * rows a 64-byte line, so that one line times one broadcast word of activations is four columns of
 * sixteen outputs. That is also the order of VNNI's and AMX's operands.
 */
public enum WeightFormat {
  /** 4 bits, zero at 8. */
  INT4(512 + 64),
  /** 4 bits with an offset. */
  INT4_OFFSET(512 + 128),
  /** 8 bits, zero at 128. */
  INT8(1024 + 64),
  /** 7 bits in 8 with an offset. */
  INT8_OFFSET(1024 + 128),
  /** 8 bits, zero at 128, a scale for 16 values. */
  INT8_HALF(1024 + 128),
  /** Row by row. */
  BF16(0),
  /** Row by row. */
  F32(0),
  /** Row by row. */
  F16(0);

  private static final int ROWS = 16;
  private static final int COLUMNS = 64;

  private final int blockBytes;

  WeightFormat(int blockBytes) {
    this.blockBytes = blockBytes;
  }

  /** Whether this is one of the packed, quantised formats. */
  public boolean isPacked() {
    return blockBytes > 0;
  }

  /** Bytes of a weight [out, in]. */
  public long bytes(long out, long in) {
    if (!isPacked()) {
      return out * in * (this == F32 ? Float.BYTES : Short.BYTES);
    }
    return Math.ceilDiv(out, ROWS) * Math.ceilDiv(in, COLUMNS) * blockBytes;
  }

  /** Bytes of a block of 16 rows and 64 columns: values, scales, minima. */
  int blockBytes() {
    return blockBytes;
  }

  boolean isFourBits() {
    return this == INT4 || this == INT4_OFFSET;
  }

  /** Bytes of a block before its scales. */
  int valueBytes() {
    return isFourBits() ? 512 : 1024;
  }

  /** Whether each group has a minimum besides its scale. */
  boolean hasMinima() {
    return this == INT4_OFFSET || this == INT8_OFFSET;
  }

  /** The zero point: the integer that represents 0. */
  int zero() {
    return switch (this) {
      case INT4 -> 8;
      case INT8, INT8_HALF -> 128;
      case INT4_OFFSET, INT8_OFFSET, BF16, F32, F16 -> 0;
    };
  }

  /** Bits per value, including scales. */
  public double bitsPerValue() {
    return isPacked() ? 8.0 * blockBytes / (ROWS * COLUMNS) : this == F32 ? 32 : 16;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
