package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Operations on packed weights, in compiled C, or in Java where there is no C compiler. */
public sealed interface PackedKernels permits CpuKernels, VectorKernels {
  /** The best implementation available; empty if there is only libtorch, with the reason logged. */
  static Optional<PackedKernels> loaded() {
    return KernelChoice.made();
  }

  /** Outputs rounded up to whole blocks of 16. */
  static long wholeBlocks(long out) {
    return Math.ceilDiv(out, 16L) * 16;
  }

  /** Packs blocks {@code begin} to {@code end}, of 16 rows each. */
  void pack(
      CpuKernels.UnpackedWeight stored, WeightFormat format, long packed, long begin, long end);

  /** Writes row {@code row} of a packed weight as FP32 [in] to an address. */
  void unpack(WeightOperand weight, long row, long to);

  /** A product for weights of {@code form}'s format and shape, with {@code threads} threads. */
  Product product(WeightOperand form, int threads);

  /** {@code y = x W^T} for weights of one format and shape. Not thread-safe. */
  interface Product extends AutoCloseable {
    /**
     * Multiplies by the weight at an address; x and y are contiguous native memory.
     *
     * @param x FP32 [rows, in]
     * @param y FP32 [rows, {@link #wholeBlocks} of out]
     */
    void run(long weight, MemorySegment x, MemorySegment y, long rows);

    @Override
    void close();
  }
}
