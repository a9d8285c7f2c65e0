package deepseek.compute;

import deepseek.kernel.cpu.SparseProduct;
import deepseek.kernel.cpu.WeightOperand;
import java.util.Arrays;
import java.util.Optional;

/**
 * {@code y = x W^T (+ b)} for outputs that a mask names, by blocks of 16, and 0 for the others,
 * whose weights aren't read. Blocks of 64 inputs that are zero aren't read either where W is
 * packed.
 *
 * <p>Neuron by neuron, and for weights that lead out of idle neurons, see {@link NeuronWeight}.
 */
public record MaskedLinear(Weight weight, Optional<Tensor> bias) {
  /** Outputs that an entry of the mask covers. */
  public static final int BLOCK = BlockSparse.ROWS;

  /**
   * x [.., in], active BOOL [.., ceil(out / 16)], y [.., out] in x's dtype.
   *
   * @throws ComputeException for shapes that don't fit, and where gradients of anything but plain
   *     weights are wanted
   */
  public Tensor forward(Tensor x, Tensor active) {
    try (Scope scope = Scope.open()) {
      Tensor y =
          switch (weight) {
            case BlockSparse blocks -> blocks.linear(x, Optional.empty(), Optional.of(active));
            case QTensor packed ->
                product(packed.form("masked linear"), packed.tensor(), x, active);
            case Weight.Plain(Tensor tensor) when isForKernels(tensor, x) -> {
              PlainMatrix plain = PlainMatrix.of("masked linear", tensor);
              yield product(
                  new WeightOperand(
                      plain.format(), plain.rows().dataAddress(), plain.in(), plain.out()),
                  plain.rows(),
                  x,
                  active);
            }
            case Weight.Plain(Tensor tensor) -> only(x.linear(tensor), active);
          };
      Tensor biased = KernelInput.biased("masked linear", y, bias);
      return scope.keep(bias.isPresent() ? only(biased, active) : y);
    }
  }

  private static boolean isForKernels(Tensor weight, Tensor x) {
    return Kernels.compiled().isPresent()
        && weight.device().type() == Device.Type.CPU
        && x.device().type() == Device.Type.CPU
        && weight.isContiguous()
        && !KernelInput.isDifferentiated(weight)
        && !KernelInput.isDifferentiated(x);
  }

  private static Tensor product(WeightOperand form, Tensor holder, Tensor x, Tensor active) {
    SparseProducts.Shape shape =
        new SparseProducts.Shape(
            "masked linear",
            SparseProducts.Kind.OUTPUT_BLOCKS,
            form.format(),
            form.in(),
            form.out(),
            Optional.of(Math.ceilDiv(form.out(), BLOCK)));
    holder.look(shape.operation());
    return SparseProducts.run(
        shape,
        threads -> SparseProduct.ofOutputBlocks(Kernels.ofSparse(), form, threads),
        x,
        Optional.of(active),
        (product, mask, from, to) ->
            product.run(form.address(), mask, from, to, SparseProducts.rows(x)));
  }

  /** y [.., out] where its block is active, else 0. */
  private static Tensor only(Tensor y, Tensor active) {
    long[] blocks = y.shape();
    blocks[blocks.length - 1] = Math.ceilDiv(y.size(-1), BLOCK);
    if (active.dtype() != DType.BOOL || !Arrays.equals(active.shape(), blocks)) {
      throw new ComputeException(
          "masked linear",
          "a mask " + Arrays.toString(blocks) + " of BOOL",
          active.toString(),
          "compare with a threshold, and check the sizes of blocks");
    }
    Tensor each = active.repeatInterleave(BLOCK, -1).narrow(-1, 0, y.size(-1));
    return y.where(each, Tensor.zeros(y.dtype(), y.device(), 1));
  }
}
