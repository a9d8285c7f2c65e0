package deepseek.compute;

import deepseek.compute.internal.NativeTensor;

/**
 * Fewer elements out than in. Without a dim over all elements, to a scalar; with one, that dim
 * goes, or stays with size 1 in the {@code ...KeepDim} forms. The dtype stays, but sums of integers
 * are INT64. Means, variances and norms are of floating-point numbers only; largest and smallest
 * elements need one at least, and NaN is both.
 */
sealed interface ReductionOps permits Tensor {
  Tensor self();

  default Tensor sum() {
    return Op.unary("sum", self(), NativeTensor::sum);
  }

  default Tensor sum(int dim) {
    return Op.unary("sum", self(), a -> a.sum(dim, false));
  }

  default Tensor sumKeepDim(int dim) {
    return Op.unary("sum", self(), a -> a.sum(dim, true));
  }

  default Tensor mean() {
    return Op.unary("mean", self(), NativeTensor::mean);
  }

  default Tensor mean(int dim) {
    return Op.unary("mean", self(), a -> a.mean(dim, false));
  }

  default Tensor meanKeepDim(int dim) {
    return Op.unary("mean", self(), a -> a.mean(dim, true));
  }

  default Tensor max() {
    return Op.unary("max", self(), NativeTensor::max);
  }

  /** Of equal elements, the gradient is shared equally. */
  default Tensor max(int dim) {
    return Op.unary("max", self(), a -> a.amax(dim, false));
  }

  /** {@link #max(int)}, the dim kept. */
  default Tensor maxKeepDim(int dim) {
    return Op.unary("max", self(), a -> a.amax(dim, true));
  }

  default Tensor min() {
    return Op.unary("min", self(), NativeTensor::min);
  }

  /** Of equal elements, the gradient is shared equally. */
  default Tensor min(int dim) {
    return Op.unary("min", self(), a -> a.amin(dim, false));
  }

  /** Mean squared distance from the mean, divided by the count (not by count - 1). */
  default Tensor varianceKeepDim(int dim) {
    return Op.unary("variance", self(), a -> a.variance(dim, false, true));
  }

  /** {@code log(sum(exp(x)))} along {@code dim} without overflow; FLOAT32 for integers. */
  default Tensor logSumExp(int dim) {
    return Op.unary("logSumExp", self(), a -> a.logSumExp(dim, false));
  }

  /** INT64 index of the largest element along {@code dim}. */
  default Tensor argmax(int dim) {
    return Op.unary("argmax", self(), a -> a.argmax(dim, false));
  }

  /** BOOL: whether an element differs from zero, as NaN does; false of no elements. */
  default Tensor any() {
    return Op.unary("any", self(), NativeTensor::any);
  }

  /** BOOL: whether all elements differ from zero; true of no elements. */
  default Tensor all() {
    return Op.unary("all", self(), NativeTensor::all);
  }

  /** Euclidean norm {@code sqrt(sum(x^2))} of all elements; its gradient at 0 is 0. */
  default Tensor norm() {
    return Op.unary("norm", self(), NativeTensor::norm);
  }

  /** Running sum along {@code dim}; the shape stays. */
  default Tensor cumsum(int dim) {
    return Op.unary("cumsum", self(), a -> a.cumsum(dim));
  }
}
