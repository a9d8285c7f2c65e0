package deepseek.compute;

import deepseek.kernel.cpu.RowWeight;
import deepseek.kernel.cpu.SparseProduct;
import deepseek.kernel.cpu.WeightFormat;
import java.util.Optional;

/**
 * A matrix W [neurons N, width D] that is read neuron by neuron, for networks whose neurons are
 * mostly idle: {@link #dots} for what leads into them, {@link #sum} for what leads out.
 *
 * <p>Rows are plain (float32, float16, bfloat16), or have 4 or 8 bits with a scale for each 32
 * values; activations stay in float32. Products are computed on the CPU and have no gradients.
 *
 * <p>Liu, Wang, Dao, et al., "Deja Vu: Contextual Sparsity for Efficient LLMs at Inference Time",
 * 2023.
 */
public final class NeuronWeight {
  private static final String KEEP = "keep a weight by neurons";

  private final Tensor tensor;
  private final RowWeight form;

  private NeuronWeight(Tensor tensor, WeightFormat format, long neurons, long width) {
    Kernels.ofSparse();
    this.tensor = tensor;
    this.form = new RowWeight(format, tensor.dataAddress(), width, neurons);
  }

  /**
   * A plain matrix [N, D], in the innermost scope. A layer's weight [out, in] is that of the
   * neurons it leads into; transpose it for those it leads out of.
   */
  public static NeuronWeight of(Tensor weight) {
    PlainMatrix plain = PlainMatrix.of(KEEP, weight);
    return new NeuronWeight(plain.rows(), plain.format(), plain.out(), plain.in());
  }

  /** A matrix [N, D] rounded to 4 or 8 bits, in the innermost scope. */
  public static NeuronWeight quantise(Tensor weight, QTensor.Bits bits) {
    try (Scope scope = Scope.open()) {
      PlainMatrix plain = PlainMatrix.of(KEEP, weight);
      long size = RowWeight.bytes(bits.format(), plain.out(), plain.in());
      Tensor bytes = Tensor.zeros(DType.UINT8, Device.CPU, size);
      NeuronWeight made = new NeuronWeight(bytes, bits.format(), plain.out(), plain.in());
      Ranges.inParallel(
          plain.out(),
          (begin, end) -> made.form.pack(Kernels.ofSparse(), plain.stored(), begin, end));
      scope.keep(bytes);
      return made;
    }
  }

  /** Neurons of the layer: outputs of gate and up, inputs of down. */
  public long neurons() {
    return form.rows();
  }

  /** Values of a row that goes in and comes out. */
  public long width() {
    return form.width();
  }

  /** What holds the values; closing it closes the weight. */
  public Tensor tensor() {
    return tensor;
  }

  /**
   * {@code h = x W^T} where {@code active} says so, else 0: x [.., D], active BOOL [.., N], h [..,
   * N].
   */
  public Tensor dots(Tensor x, Tensor active) {
    return run(
        new SparseProducts.Shape(
            "dots of neurons",
            SparseProducts.Kind.OUTPUTS,
            form.format(),
            width(),
            neurons(),
            Optional.of(neurons())),
        threads -> SparseProduct.ofOutputs(Kernels.ofSparse(), form, threads),
        x,
        Optional.of(active));
  }

  /** {@code y = h W}, which reads the rows of neurons that aren't zero: h [.., N], y [.., D]. */
  public Tensor sum(Tensor h) {
    return run(
        new SparseProducts.Shape(
            "sum of neurons",
            SparseProducts.Kind.INPUTS,
            form.format(),
            neurons(),
            width(),
            Optional.empty()),
        threads -> SparseProduct.ofInputs(Kernels.ofSparse(), form, threads),
        h,
        Optional.empty());
  }

  private Tensor run(
      SparseProducts.Shape shape, SparseProducts.Maker maker, Tensor x, Optional<Tensor> active) {
    tensor.look(shape.operation());
    KernelInput.requireNoGradient(shape.operation(), tensor);
    return SparseProducts.run(
        shape,
        maker,
        x,
        active,
        (product, mask, from, to) ->
            product.run(form.address(), mask, from, to, SparseProducts.rows(x)));
  }

  /** All values, FLOAT32 [N, D]. */
  public Tensor dense() {
    return new UnpackedRows(
            tensor, neurons(), width(), (row, to) -> form.unpack(Kernels.ofSparse(), row, to))
        .all();
  }

  @Override
  public String toString() {
    return "NeuronWeight[" + neurons() + ", " + width() + "] " + form.format();
  }
}
