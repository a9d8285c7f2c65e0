package deepseek.store.gguf;

/**
 * Dequantises blocks to floats, with the rounding of GGML's reference code.
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
}
