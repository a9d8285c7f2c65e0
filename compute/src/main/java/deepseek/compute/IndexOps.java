package deepseek.compute;

import deepseek.compute.internal.NativeGenerator;
import deepseek.compute.internal.NativeTensor;
import java.util.Arrays;

/**
 * Reading and writing by index. Index tensors are INT64, their values places from 0 up to the size
 * of {@code dim}; a place outside is an error. Sources have this tensor's dtype.
 */
sealed interface IndexOps permits Tensor {
  Tensor self();

  /** The k largest along {@code dim}, largest first. */
  default TopK topk(long k, int dim) {
    var pair = Op.toMany("topk", self(), a -> Arrays.asList(a.topk(k, dim)));
    return new TopK(pair.get(0), pair.get(1));
  }

  /** All along {@code dim}, largest first, NaN before all; equals in no certain order. */
  default TopK sortDescending(int dim) {
    var pair = Op.toMany("sort", self(), a -> Arrays.asList(a.sort(dim, true)));
    return new TopK(pair.get(0), pair.get(1));
  }

  /** All along {@code dim}, smallest first, NaN after all; equals in no certain order. */
  default TopK sortAscending(int dim) {
    var pair = Op.toMany("sort", self(), a -> Arrays.asList(a.sort(dim, false)));
    return new TopK(pair.get(0), pair.get(1));
  }

  /** The slices that {@code index} (a vector) names, in its order; a copy. */
  default Tensor indexSelect(int dim, Tensor index) {
    return Op.binary("indexSelect", self(), index, (a, i) -> a.indexSelect(dim, i));
  }

  /**
   * A copy of this with {@code source}'s slices added at {@code index} [K], for dim 0 {@code
   * out[index[k], ..] += source[k, ..]}; a place may repeat.
   */
  default Tensor indexAdd(int dim, Tensor index, Tensor source) {
    return Op.ternary("indexAdd", self(), index, source, (a, i, s) -> a.indexAdd(dim, i, s));
  }

  /** {@link #indexAdd} into this tensor. */
  default Tensor indexAddInPlace(int dim, Tensor index, Tensor source) {
    return Op.effect(
        "indexAddInPlace", self(), index, source, (a, i, s) -> a.indexAddInPlace(dim, i, s));
  }

  /**
   * Overwrites the slices at {@code index} [K] with {@code source}'s, for dim 0 {@code
   * this[index[k], ..] = source[k, ..]}; of a place that repeats, one of them stays.
   */
  default Tensor indexCopyInPlace(int dim, Tensor index, Tensor source) {
    return Op.effect(
        "indexCopyInPlace", self(), index, source, (a, i, s) -> a.indexCopyInPlace(dim, i, s));
  }

  /** {@code out[i][j] = this[i][index[i][j]]} for {@code dim} 1, and so on. */
  default Tensor gather(int dim, Tensor index) {
    return Op.binary("gather", self(), index, (a, i) -> a.gather(dim, i));
  }

  /** This with {@code source} written at {@code index}: the inverse of {@link #gather}. */
  default Tensor scatter(int dim, Tensor index, Tensor source) {
    return Op.ternary("scatter", self(), index, source, (a, i, s) -> a.scatter(dim, i, s));
  }

  /**
   * A copy of this with {@code source} added at {@code index}, for dim 1 {@code out[i][index[i][j]]
   * += source[i][j]}; a place may repeat.
   */
  default Tensor scatterAdd(int dim, Tensor index, Tensor source) {
    return Op.ternary("scatterAdd", self(), index, source, (a, i, s) -> a.scatterAdd(dim, i, s));
  }

  /**
   * INT64 [count, rank]: the places of elements other than zero, NaN included, in row-major order.
   */
  default Tensor nonzero() {
    return Op.unary("nonzero", self(), NativeTensor::nonzero);
  }

  /** INT64 [.., classes] for values [..]: 1 at each value's place, else 0; -1 takes max + 1. */
  default Tensor oneHot(long classes) {
    return Op.unary("oneHot", self(), a -> a.oneHot(classes));
  }

  /**
   * INT64 [max(minLength, largest + 1)]: how often each of 0, 1, .. stands in this vector of
   * integers from 0.
   */
  default Tensor bincount(long minLength) {
    return Op.unary("bincount", self(), a -> a.bincount(minLength));
  }

  /**
   * INT64 [samples] or [rows, samples]: places drawn without repetition from the weights [classes]
   * or [rows, classes], each next one with its share of the weights that are left. Weights need not
   * add up to 1; in each row at least {@code samples} are above 0.
   */
  default Tensor multinomial(long samples, Rng rng) {
    NativeGenerator stream = Rng.open(rng, "multinomial");
    requireWeights(samples);
    return Op.unary("multinomial", self(), a -> a.multinomial(samples, stream));
  }

  /** libtorch would fill up with places of weight 0. */
  private void requireWeights(long samples) {
    self().look("multinomial");
    if (samples <= 1 || self().numel() == 0) {
      return;
    }
    try (Scope scope = Scope.open()) {
      long fewest = self().ne(0).sum(-1).min().itemLong();
      if (fewest < samples) {
        throw new ComputeException(
            "multinomial",
            "at least " + samples + " weights above 0 in each row",
            fewest + " of " + self().describe(),
            "draw fewer samples");
      }
    }
  }
}
