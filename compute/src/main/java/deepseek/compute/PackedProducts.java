package deepseek.compute;

import deepseek.kernel.cpu.PackedKernels;
import deepseek.kernel.cpu.WeightOperand;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * The kernels' products for packed weights outside of a plan, one for all weights of a form. Each
 * holds rows of activations, so only those used last are kept, and none once {@link #forget}.
 */
final class PackedProducts {
  /** A decoder that runs layer by layer has fewer. */
  static final int MOST = 16;

  private final LastUsed<Form, PackedKernels.Product> products =
      new LastUsed<>(MOST, PackedKernels.Product::close);

  /**
   * What a product is made for.
   *
   * @param weight without an address
   */
  record Form(WeightOperand weight, int threads) {
    static Form of(WeightOperand any, int threads) {
      return new Form(any.withoutAddress(), threads);
    }
  }

  synchronized void run(
      Form form,
      Supplier<PackedKernels.Product> maker,
      long weight,
      MemorySegment x,
      MemorySegment y,
      long rows) {
    products.get(form, maker).run(weight, x, y, rows);
  }

  /** Frees all; what is used again is made again. */
  synchronized void forget() {
    products.forget();
  }

  synchronized int size() {
    return products.size();
  }
}
