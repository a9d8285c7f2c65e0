package deepseek.store.gguf;

import deepseek.compute.DType;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tensor types of GGUF files: either plain elements, which are mapped, or blocks of {@code
 * blockSize} weights in {@code blockBytes} bytes, which are dequantised.
 *
 * <p>Layouts and rounding are those of GGML (MIT), checked bit for bit against the {@code gguf}
 * package by {@code GgmlTypeTest}.
 */
public enum GgmlType {
  F32(0, DType.FLOAT32),
  F16(1, DType.FLOAT16),
  Q4_0(2, 32, 18, SimpleBlocks::q4x0),
  Q4_1(3, 32, 20, SimpleBlocks::q4x1),
  Q5_0(6, 32, 22, SimpleBlocks::q5x0),
  Q5_1(7, 32, 24, SimpleBlocks::q5x1),
  Q8_0(8, 32, 34, SimpleBlocks::q8x0),
  Q2_K(10, 256, 84, KBlocks::q2k),
  Q3_K(11, 256, 110, KBlocks::q3k),
  Q4_K(12, 256, 144, KBlocks::q4k),
  Q5_K(13, 256, 176, KBlocks::q5k),
  Q6_K(14, 256, 210, KBlocks::q6k),
  Q8_K(15, 256, 292, KBlocks::q8k),
  IQ2_XXS(16, 256, 66, CodebookBlocks::iq2xxs),
  IQ2_XS(17, 256, 74, CodebookBlocks::iq2xs),
  IQ3_XXS(18, 256, 98, CodebookBlocks::iq3xxs),
  IQ1_S(19, 256, 50, CodebookBlocks::iq1s),
  IQ4_NL(20, 32, 18, TableBlocks::iq4nl),
  IQ3_S(21, 256, 110, CodebookBlocks::iq3s),
  IQ2_S(22, 256, 82, CodebookBlocks::iq2s),
  IQ4_XS(23, 256, 136, TableBlocks::iq4xs),
  I8(24, DType.INT8),
  I16(25, DType.INT16),
  I32(26, DType.INT32),
  I64(27, DType.INT64),
  F64(28, DType.FLOAT64),
  IQ1_M(29, 256, 56, CodebookBlocks::iq1m),
  BF16(30, DType.BFLOAT16),
  TQ1_0(34, 256, 54, TernaryBlocks::tq1),
  TQ2_0(35, 256, 66, TernaryBlocks::tq2),
  MXFP4(39, 32, 17, TableBlocks::mxfp4),
  NVFP4(40, 64, 36, TableBlocks::nvfp4),
  Q1_0(41, 128, 18, SimpleBlocks::q1x0);

  private final int id;
  private final int blockSize;
  private final int blockBytes;
  private final @Nullable DType plain;

  @SuppressWarnings("ImmutableEnumChecker") // references to static methods
  private final @Nullable BlockDecoder decoder;

  GgmlType(int id, DType plain) {
    this.id = id;
    this.blockSize = 1;
    this.blockBytes = plain.byteSize();
    this.plain = plain;
    this.decoder = null;
  }

  GgmlType(int id, int blockSize, int blockBytes, BlockDecoder decoder) {
    this.id = id;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
    this.plain = null;
    this.decoder = decoder;
  }

  /** The type's number in files. */
  public int id() {
    return id;
  }

  /** Weights per block, 1 for plain types. A row consists of whole blocks. */
  public int blockSize() {
    return blockSize;
  }

  /** Bytes per block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** The element type of a plain type; empty for blocks. */
  public Optional<DType> plain() {
    return Optional.ofNullable(plain);
  }

  Optional<BlockDecoder> decoder() {
    return Optional.ofNullable(decoder);
  }

  /** The type of a number in a file; empty if there is none. */
  public static Optional<GgmlType> ofId(int id) {
    return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
  }
}
