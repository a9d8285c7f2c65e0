package deepseek.compute;

import deepseek.compute.internal.NativeTensor;

/**
 * Fewer elements out than in. Without a dim over all elements; with one, that dim goes, or stays
 * with size 1 in the {@code ...KeepDim} forms.
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

  default Tensor max(int dim) {
    return Op.unary("max", self(), a -> a.amax(dim, false));
  }

  default Tensor maxKeepDim(int dim) {
    return Op.unary("max", self(), a -> a.amax(dim, true));
  }

  default Tensor min() {
    return Op.unary("min", self(), NativeTensor::min);
  }

  default Tensor min(int dim) {
    return Op.unary("min", self(), a -> a.amin(dim, false));
  }

  /** Mean squared distance from the mean, divided by the count (not by count - 1). */
  default Tensor varianceKeepDim(int dim) {
    return Op.unary("variance", self(), a -> a.variance(dim, false, true));
  }

  default Tensor logSumExp(int dim) {
    return Op.unary("logSumExp", self(), a -> a.logSumExp(dim, false));
  }

  /** INT64 index of the largest element along {@code dim}. */
  default Tensor argmax(int dim) {
    return Op.unary("argmax", self(), a -> a.argmax(dim, false));
  }

  default Tensor any() {
    return Op.unary("any", self(), NativeTensor::any);
  }

  default Tensor all() {
    return Op.unary("all", self(), NativeTensor::all);
  }

  /** Euclidean norm of all elements. */
  default Tensor norm() {
    return Op.unary("norm", self(), NativeTensor::norm);
  }

  /** Running sum along {@code dim}; the shape stays. */
  default Tensor cumsum(int dim) {
    return Op.unary("cumsum", self(), a -> a.cumsum(dim));
  }
}
