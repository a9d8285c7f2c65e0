package deepseek.compute.internal;

import static deepseek.compute.internal.NativeTensor.wrapped;

import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Matrix products, and what layers are made of. */
sealed interface NativeNeuralOps permits NativeTensor {
  NativeTensor self();

  private Tensor t() {
    return self().torch();
  }

  default NativeTensor matmul(NativeTensor b) {
    return wrapped(torch.matmul(t(), b.torch()));
  }

  default NativeTensor linear(NativeTensor weight) {
    return wrapped(Products.linear(t(), weight.torch(), Optional.empty()));
  }

  default NativeTensor linear(NativeTensor weight, NativeTensor bias) {
    return wrapped(Products.linear(t(), weight.torch(), Optional.of(bias.torch())));
  }

  default NativeTensor embedding(NativeTensor ids) {
    return wrapped(torch.embedding(t(), ids.torch()));
  }

  default NativeTensor softmax(long dim) {
    return wrapped(t().softmax(dim));
  }

  default NativeTensor logSoftmax(long dim) {
    return wrapped(t().log_softmax(dim));
  }

  default NativeTensor layerNorm(NativeTensor weight, NativeTensor bias, double eps) {
    try (var w = new TensorOptional(weight.torch());
        var b = new TensorOptional(bias.torch())) {
      return wrapped(torch.layer_norm(t(), weight.shape(), w, b, eps, true));
    }
  }

  default NativeTensor rmsNorm(NativeTensor weight, double eps) {
    try (var w = new TensorOptional(weight.torch());
        var e = new DoubleOptional(eps)) {
      return wrapped(torch.rms_norm(t(), weight.shape(), w, e));
    }
  }

  default NativeTensor attention(
      NativeTensor key,
      NativeTensor value,
      Optional<NativeTensor> mask,
      boolean causal,
      double scale,
      boolean groupedHeads) {
    try (var m = mask.isPresent() ? new TensorOptional(mask.get().torch()) : new TensorOptional();
        var s = new DoubleOptional(scale)) {
      return wrapped(
          torch.scaled_dot_product_attention(
              t(), key.torch(), value.torch(), m, 0.0, causal, s, groupedHeads));
    }
  }

  default NativeTensor dropout(double probability) {
    return wrapped(torch.dropout(t(), probability, true));
  }

  default NativeTensor crossEntropy(NativeTensor labels, long ignoreIndex) {
    return wrapped(
        torch.cross_entropy_loss(
            t(),
            labels.torch(),
            Types.NO_TENSOR,
            /* reduction= mean */ 1,
            ignoreIndex,
            /* labelSmoothing= */ 0));
  }
}
