package deepseek.compute.internal;

import static deepseek.compute.internal.NativeTensor.wrapped;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Fewer elements out than in, and orders. */
sealed interface NativeReductionOps permits NativeTensor {
  NativeTensor self();

  private Tensor t() {
    return self().torch();
  }

  default NativeTensor sum() {
    return wrapped(t().sum());
  }

  default NativeTensor mean() {
    return wrapped(t().mean());
  }

  default NativeTensor max() {
    return wrapped(t().max());
  }

  default NativeTensor min() {
    return wrapped(t().min());
  }

  default NativeTensor any() {
    return wrapped(torch.any(t()));
  }

  default NativeTensor all() {
    return wrapped(torch.all(t()));
  }

  default NativeTensor norm() {
    return wrapped(t().norm());
  }

  default NativeTensor sum(long dim, boolean keepDim) {
    return wrapped(t().sum(new long[] {dim}, keepDim, Types.NO_SCALAR_TYPE));
  }

  default NativeTensor mean(long dim, boolean keepDim) {
    return wrapped(t().mean(new long[] {dim}, keepDim, Types.NO_SCALAR_TYPE));
  }

  default NativeTensor amax(long dim, boolean keepDim) {
    return wrapped(t().amax(new long[] {dim}, keepDim));
  }

  default NativeTensor amin(long dim, boolean keepDim) {
    return wrapped(t().amin(new long[] {dim}, keepDim));
  }

  default NativeTensor variance(long dim, boolean unbiased, boolean keepDim) {
    return wrapped(t().var(new long[] {dim}, unbiased, keepDim));
  }

  default NativeTensor logSumExp(long dim, boolean keepDim) {
    return wrapped(t().logsumexp(new long[] {dim}, keepDim));
  }

  default NativeTensor argmax(long dim, boolean keepDim) {
    try (var d = new LongOptional(dim)) {
      return wrapped(t().argmax(d, keepDim));
    }
  }

  default NativeTensor cumsum(long dim) {
    return wrapped(t().cumsum(dim));
  }

  default NativeTensor[] topk(long k, long dim) {
    return pair(t().topk(k, dim, true, true));
  }

  default NativeTensor[] sort(long dim, boolean descending) {
    return pair(t().sort(dim, descending));
  }

  private static NativeTensor[] pair(T_TensorTensor_T pair) {
    try (pair) {
      return new NativeTensor[] {
        wrapped(new Tensor(pair.get0())), wrapped(new Tensor(pair.get1()))
      };
    }
  }
}
