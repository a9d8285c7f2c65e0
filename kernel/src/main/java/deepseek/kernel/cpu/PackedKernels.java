package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What this process does with packed weights by: compiled C, or Java where there is no compiler.
 */
public sealed interface PackedKernels permits CpuKernels, VectorKernels {
  /** The best there is; empty where libtorch has to do all. A line of the log says why. */
  static Optional<PackedKernels> loaded() {
    return KernelChoice.made();
  }

  /** Outputs filled up to whole blocks of 16. */
  static long wholeBlocks(long out) {
    return Math.ceilDiv(out, 16L) * 16;
  }

  /** Packs blocks {@code begin} to {@code end}, of 16 rows each. */
  void pack(CpuKernels.Stored stored, WeightFormat format, long packed, long begin, long end);

  /** Writes row {@code row} of a packed weight as FP32 [in] to an address. */
  void unpack(Weight weight, long row, long to);

  /** For weights like {@code form}, with {@code threads} threads. */
  Product product(Weight form, int threads);

  /** {@code y = x W^T} for weights of one form; one thread at a time may use it. */
  interface Product extends AutoCloseable {
    /**
     * Multiplies by the weight at an address, in native memory without gaps.
     *
     * @param x FP32 [rows, in]
     * @param y FP32 [rows, {@link #wholeBlocks} of out]
     */
    void run(long weight, MemorySegment x, MemorySegment y, long rows);

    @Override
    void close();
  }
}
