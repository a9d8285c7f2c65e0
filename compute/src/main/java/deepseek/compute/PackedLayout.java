package deepseek.compute;

import deepseek.GgmlType;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.WeightFormat;
import java.util.Optional;

/**
 * What the bytes of a packed weight [out, in] mean; known before there are any.
 *
 * @see WeightFormat
 */
public record PackedLayout(WeightFormat format, long out, long in) {
  private static final String LAY_OUT = "lay out a packed weight";
  private static final int ROWS = 16;
  private static final long MOST_VALUES = 1L << 48;

  public PackedLayout {
    ComputeException.present(LAY_OUT, "a packed format", format);
    if (!format.isPacked() || out < 1 || in < 1 || out > MOST_VALUES / in) {
      throw new ComputeException(
          LAY_OUT,
          "a packed format and sizes from 1 that make at most 2^48 values",
          format + " [" + out + ", " + in + "]",
          "check the file");
    }
  }

  /** Of a matrix that a GGUF file has in this type; empty for types without a packer. */
  public static Optional<PackedLayout> ofStored(GgmlType type, long out, long in) {
    return CpuKernels.formatOf(type).map(format -> new PackedLayout(format, out, in));
  }

  /** Of a plain matrix rounded to this many bits. */
  public static PackedLayout ofRounded(QTensor.Bits bits, long out, long in) {
    return new PackedLayout(
        ComputeException.present(LAY_OUT, "4 or 8 bits", bits).format(), out, in);
  }

  /** Rows of blocks, each of 16 rows of the matrix. */
  public long blockRows() {
    return Math.ceilDiv(out, ROWS);
  }

  long blockRowBytes() {
    return byteSize() / blockRows();
  }

  /** Bytes of a weight [out, in]. */
  public long byteSize() {
    return format.bytes(out, in);
  }

  /** The bytes as blocks: [rows of blocks, blocks in a row, bytes of a block]. */
  public long[] shape() {
    long block = format.bytes(1, 1);
    return new long[] {blockRows(), blockRowBytes() / block, block};
  }

  /** All that decides how packed bytes look: two programs that agree on it pack the same bytes. */
  public static String packingSource() {
    return CpuKernels.packingSource();
  }

  @Override
  public String toString() {
    return format + " [" + out + ", " + in + "]";
  }
}
