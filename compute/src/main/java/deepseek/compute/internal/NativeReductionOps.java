package deepseek.compute.internal;

import static deepseek.compute.internal.NativeTensor.of;

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
    return of(t().sum());
  }

  default NativeTensor mean() {
    return of(t().mean());
  }

  default NativeTensor max() {
    return of(t().max());
  }

  default NativeTensor min() {
    return of(t().min());
  }

  default NativeTensor any() {
    return of(torch.any(t()));
  }

  default NativeTensor all() {
    return of(torch.all(t()));
  }

  default NativeTensor norm() {
    return of(t().norm());
  }

  default NativeTensor sum(long dim, boolean keepDim) {
    return of(t().sum(new long[] {dim}, keepDim, Types.NO_SCALAR_TYPE));
  }

  default NativeTensor mean(long dim, boolean keepDim) {
    return of(t().mean(new long[] {dim}, keepDim, Types.NO_SCALAR_TYPE));
  }

  default NativeTensor amax(long dim, boolean keepDim) {
    return of(t().amax(new long[] {dim}, keepDim));
  }

  default NativeTensor amin(long dim, boolean keepDim) {
    return of(t().amin(new long[] {dim}, keepDim));
  }

  default NativeTensor variance(long dim, boolean unbiased, boolean keepDim) {
    return of(t().var(new long[] {dim}, unbiased, keepDim));
  }

  default NativeTensor logSumExp(long dim, boolean keepDim) {
    return of(t().logsumexp(new long[] {dim}, keepDim));
  }

  default NativeTensor argmax(long dim, boolean keepDim) {
    try (var d = new LongOptional(dim)) {
      return of(t().argmax(d, keepDim));
    }
  }

  default NativeTensor cumsum(long dim) {
    return of(t().cumsum(dim));
  }

  default NativeTensor[] topk(long k, long dim) {
    return pair(t().topk(k, dim, true, true));
  }

  default NativeTensor[] sort(long dim, boolean descending) {
    return pair(t().sort(dim, descending));
  }

  private static NativeTensor[] pair(T_TensorTensor_T pair) {
    try (pair) {
      return new NativeTensor[] {of(new Tensor(pair.get0())), of(new Tensor(pair.get1()))};
    }
  }
}
