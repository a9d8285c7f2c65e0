package deepseek.compute;

import java.util.Optional;

/**
 * A matrix W [out, in] that activations are multiplied with: a plain tensor, a packed {@link
 * QTensor}, or some blocks of either, {@link BlockSparse}.
 */
public sealed interface Weight permits Weight.Plain, QTensor, BlockSparse {
  /** A tensor [out, in]. */
  record Plain(Tensor tensor) implements Weight {
    public Plain {
      if (tensor.rank() != 2) {
        throw new ComputeException(
            "make a weight", "shape [out, in]", tensor.toString(), "reshape it");
      }
    }

    @Override
    public long out() {
      return tensor.size(0);
    }

    @Override
    public long in() {
      return tensor.size(1);
    }

    @Override
    public Tensor linear(Tensor x, Optional<Tensor> bias) {
      return bias.isPresent() ? x.linear(tensor, bias.get()) : x.linear(tensor);
    }

    @Override
    public Tensor rows(Tensor ids, DType dtype) {
      return tensor.embedding(ids).to(dtype);
    }
  }

  /** Rows: values that come out of a product. */
  long out();

  /** Columns: values that go into it. */
  long in();

  /** What holds the values; closing it closes the weight. */
  Tensor tensor();

  /** {@code x W^T (+ b)}: [.., in] to [.., out], in x's dtype. */
  Tensor linear(Tensor x, Optional<Tensor> bias);

  /** W's rows for ids [..] INT64: [.., in]. */
  Tensor rows(Tensor ids, DType dtype);
}
