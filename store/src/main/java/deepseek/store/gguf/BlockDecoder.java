package deepseek.store.gguf;

/**
 * Turns packed blocks into floats, with the roundings of ggml's reference code.
 *
 * <p>Works on arrays, not on native memory: loops over arrays are those that the JIT compiles best,
 * and a chunk of both stays in the cache.
 */
@FunctionalInterface
interface BlockDecoder {
  /**
   * Decodes {@code blocks} whole blocks from the start of {@code in} to the start of {@code out}.
   */
  void decode(byte[] in, int blocks, float[] out);
}
