package deepseek.store.gguf;

import deepseek.compute.DType;
import deepseek.compute.Halves;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/**
 * Dequantises a whole tensor to native memory, chunk by chunk, on all processors.
 *
 * @param type FLOAT32, BFLOAT16 or FLOAT16
 */
record Decoding(BlockDecoder decoder, int blockSize, int blockBytes, DType type) {
  /** Weights per chunk: 64 kB of floats, so that a chunk stays in a core's own cache. */
  private static final int CHUNK = 16384;

  /** Smaller tensors use one thread, since starting a second one would take longer. */
  private static final long PARALLEL = 1 << 18;

  private static final ValueLayout.OfFloat FLOATS =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());
  private static final ValueLayout.OfShort SHORTS =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

  /** Whether {@link #decode} writes this type; others are converted from FLOAT32 afterwards. */
  static boolean writes(DType type) {
    return type == DType.FLOAT32 || type == DType.BFLOAT16 || type == DType.FLOAT16;
  }

  void decode(MemorySegment packed, MemorySegment out) {
    long blocks = packed.byteSize() / blockBytes;
    int tasks = blocks * blockSize < PARALLEL ? 1 : 4 * Runtime.getRuntime().availableProcessors();
    // Each task reuses its scratch arrays for its whole share of the blocks.
    IntStream.range(0, tasks)
        .parallel()
        .forEach(task -> run(packed, out, blocks * task / tasks, blocks * (task + 1) / tasks));
  }

  private void run(MemorySegment packed, MemorySegment out, long from, long to) {
    int chunkBlocks = (int) Math.min(Math.max(1, CHUNK / blockSize), to - from);
    byte[] in = new byte[chunkBlocks * blockBytes];
    float[] floats = new float[chunkBlocks * blockSize];
    short[] halves = type == DType.FLOAT32 ? new short[0] : new short[floats.length];
    for (long block = from; block < to; block += chunkBlocks) {
      int count = (int) Math.min(chunkBlocks, to - block);
      MemorySegment.copy(
          packed, ValueLayout.JAVA_BYTE, block * blockBytes, in, 0, count * blockBytes);
      decoder.decode(in, count, floats);
      int weights = count * blockSize;
      long at = block * blockSize * type.byteSize();
      if (type == DType.FLOAT32) {
        MemorySegment.copy(floats, 0, out, FLOATS, at, weights);
      } else {
        Halves.narrow(floats, weights, halves, type);
        MemorySegment.copy(halves, 0, out, SHORTS, at, weights);
      }
    }
  }
}
