package deepseek.store.gguf;

import deepseek.GgmlType;
import java.util.Optional;

/**
 * Dequantises blocks to floats. Layouts and rounding are those of GGML (MIT), checked bit for bit
 * against the {@code gguf} package by {@code GgmlTypeTest}.
 *
 * <p>Works on arrays rather than native memory, since the JIT optimises loops over arrays best, and
 * a chunk of both stays in the CPU cache.
 */
@FunctionalInterface
interface BlockDecoder {
  /**
   * Decodes {@code blocks} whole blocks from the start of {@code in} to the start of {@code out}.
   */
  void decode(byte[] in, int blocks, float[] out);

  /** The decoder of a type; empty for plain types. */
  static Optional<BlockDecoder> of(GgmlType type) {
    return switch (type) {
      case F32, F16, I8, I16, I32, I64, F64, BF16 -> Optional.empty();
      case Q4_0 -> Optional.of(SimpleBlocks::q4x0);
      case Q4_1 -> Optional.of(SimpleBlocks::q4x1);
      case Q5_0 -> Optional.of(SimpleBlocks::q5x0);
      case Q5_1 -> Optional.of(SimpleBlocks::q5x1);
      case Q8_0 -> Optional.of(SimpleBlocks::q8x0);
      case Q2_K -> Optional.of(KBlocks::q2k);
      case Q3_K -> Optional.of(KBlocks::q3k);
      case Q4_K -> Optional.of(KBlocks::q4k);
      case Q5_K -> Optional.of(KBlocks::q5k);
      case Q6_K -> Optional.of(KBlocks::q6k);
      case Q8_K -> Optional.of(KBlocks::q8k);
      case IQ2_XXS -> Optional.of(CodebookBlocks::iq2xxs);
      case IQ2_XS -> Optional.of(CodebookBlocks::iq2xs);
      case IQ2_S -> Optional.of(CodebookBlocks::iq2s);
      case IQ3_XXS -> Optional.of(CodebookBlocks::iq3xxs);
      case IQ3_S -> Optional.of(CodebookBlocks::iq3s);
      case IQ1_S -> Optional.of(CodebookBlocks::iq1s);
      case IQ1_M -> Optional.of(CodebookBlocks::iq1m);
      case IQ4_NL -> Optional.of(TableBlocks::iq4nl);
      case IQ4_XS -> Optional.of(TableBlocks::iq4xs);
      case MXFP4 -> Optional.of(TableBlocks::mxfp4);
      case NVFP4 -> Optional.of(TableBlocks::nvfp4);
      case TQ1_0 -> Optional.of(TernaryBlocks::tq1);
      case TQ2_0 -> Optional.of(TernaryBlocks::tq2);
      case Q1_0 -> Optional.of(SimpleBlocks::q1x0);
    };
  }
}
