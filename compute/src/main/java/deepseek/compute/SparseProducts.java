package deepseek.compute;

import deepseek.kernel.cpu.SparseProduct;
import deepseek.kernel.cpu.WeightFormat;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * Runs {@link SparseProduct}s on tensors; those of one form and size share what they need, and as
 * many are kept as {@link PackedProducts} keeps.
 */
final class SparseProducts {
  private static final LastUsed<Form, SparseProduct> MADE =
      new LastUsed<>(PackedProducts.MOST, SparseProduct::close);

  /** What a product is made for. */
  private record Form(Kind kind, WeightFormat format, long in, long out, int threads) {}

  /** Which of them. */
  enum Kind {
    BLOCKS,
    OUTPUT_BLOCKS,
    OUTPUTS,
    INPUTS
  }

  interface Maker {
    SparseProduct make(int threads);
  }

  interface Call {
    void run(SparseProduct product, MemorySegment active, MemorySegment x, MemorySegment y);
  }

  private SparseProducts() {}

  /**
   * A product of rows of {@code in} values, whose results have {@code out}.
   *
   * @param operation what complaints begin with
   * @param units width of a mask, if it can have one
   */
  record Shape(
      String operation, Kind kind, WeightFormat format, long in, long out, Optional<Long> units) {}

  /** y [.., out] in x's dtype. */
  static Tensor run(Shape shape, Maker maker, Tensor x, Optional<Tensor> active, Call call) {
    KernelInput.require(shape.operation(), x, shape.in());
    active.ifPresent(mask -> checkMask(shape, x, mask));
    try (Scope scope = Scope.open()) {
      Tensor plain = x.to(DType.FLOAT32).contiguous();
      Optional<Tensor> mask = active.map(Tensor::contiguous);
      long[] sizes = x.shape();
      sizes[sizes.length - 1] = shape.out();
      Tensor y =
          Tensor.empty(DType.FLOAT32, Device.CPU, rows(x), SparseProduct.wholeGroups(shape.out()));
      int threads = Machine.threads();
      Form form = new Form(shape.kind(), shape.format(), shape.in(), shape.out(), threads);
      MemorySegment bytes = mask.map(m -> m.memory(shape.operation())).orElse(MemorySegment.NULL);
      if (x.numel() > 0) {
        synchronized (MADE) {
          call.run(
              MADE.get(form, () -> maker.make(threads)),
              bytes,
              plain.memory(shape.operation()),
              y.memory(shape.operation()));
        }
      }
      return scope.keep(y.narrow(1, 0, shape.out()).reshape(sizes).to(x.dtype()));
    }
  }

  /** Frees all; what is used again is made again. */
  static void forget() {
    synchronized (MADE) {
      MADE.forget();
    }
  }

  private static void checkMask(Shape shape, Tensor x, Tensor mask) {
    long[] wanted = x.shape();
    wanted[wanted.length - 1] = shape.units().orElseThrow();
    requireMask(shape.operation(), mask, wanted);
  }

  /** Throws unless {@code mask} is BOOL of this shape, on the CPU. */
  static void requireMask(String operation, Tensor mask, long... shape) {
    if (mask.dtype() != DType.BOOL
        || !Arrays.equals(mask.shape(), shape)
        || mask.device().type() != Device.Type.CPU) {
      throw new ComputeException(
          operation,
          "a mask " + Arrays.toString(shape) + " of BOOL on the CPU",
          mask.toString(),
          "compare with a threshold, and check the sizes of blocks");
    }
  }

  static long rows(Tensor x) {
    return x.numel() / x.size(-1);
  }
}
