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

  /** Packs blocks {@code begin} to {@code end}, of 16 rows each. */
  void pack(CpuKernels.Stored stored, WeightFormat format, long packed, long begin, long end);

  /** Writes row {@code row} of a packed weight as FP32 [in] to an address. */
  void unpack(Weight weight, long row, long to);

  /** For weights like {@code form}, with {@code threads} threads. */
  Product product(Weight form, int threads);

  /** {@code y = x W^T} for weights of one form; one thread at a time may use it. */
  interface Product extends AutoCloseable {
    /**
     * y [rows, out] from x [rows, in], both FP32, native and without gaps, by the weight at an
     * address.
     */
    void run(long weight, MemorySegment x, MemorySegment y, long rows);

    @Override
    void close();
  }
}
