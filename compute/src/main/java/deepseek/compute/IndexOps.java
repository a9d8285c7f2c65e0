package deepseek.compute;

import deepseek.compute.internal.NativeTensor;
import java.util.Arrays;

/** Reading and writing by index. Index tensors are INT64. */
sealed interface IndexOps permits Tensor {
  Tensor self();

  /** The k largest along {@code dim}, largest first. */
  default TopK topk(long k, int dim) {
    var pair = Op.toMany("topk", self(), a -> Arrays.asList(a.topk(k, dim)));
    return new TopK(pair.get(0), pair.get(1));
  }

  /** All along {@code dim}, largest first. */
  default TopK sortDescending(int dim) {
    var pair = Op.toMany("sort", self(), a -> Arrays.asList(a.sort(dim, true)));
    return new TopK(pair.get(0), pair.get(1));
  }

  /** All along {@code dim}, smallest first. */
  default TopK sortAscending(int dim) {
    var pair = Op.toMany("sort", self(), a -> Arrays.asList(a.sort(dim, false)));
    return new TopK(pair.get(0), pair.get(1));
  }

  /** The slices that {@code index} (a vector) names, in its order; a copy. */
  default Tensor indexSelect(int dim, Tensor index) {
    return Op.binary("indexSelect", self(), index, (a, i) -> a.indexSelect(dim, i));
  }

  /** This with {@code source}'s slices added at {@code index}. */
  default Tensor indexAdd(int dim, Tensor index, Tensor source) {
    NativeTensor i = index.open("indexAdd");
    return Op.binary("indexAdd", self(), source, (a, s) -> a.indexAdd(dim, i, s));
  }

  default Tensor indexAddInPlace(int dim, Tensor index, Tensor source) {
    NativeTensor i = index.open("indexAddInPlace");
    return Op.effect("indexAddInPlace", self(), source, (a, s) -> a.indexAddInPlace(dim, i, s));
  }

  default Tensor indexCopyInPlace(int dim, Tensor index, Tensor source) {
    NativeTensor i = index.open("indexCopyInPlace");
    return Op.effect("indexCopyInPlace", self(), source, (a, s) -> a.indexCopyInPlace(dim, i, s));
  }

  /** {@code out[i][j] = this[i][index[i][j]]} for {@code dim} 1, and so on. */
  default Tensor gather(int dim, Tensor index) {
    return Op.binary("gather", self(), index, (a, i) -> a.gather(dim, i));
  }

  /** This with {@code source} written at {@code index}: the inverse of {@link #gather}. */
  default Tensor scatter(int dim, Tensor index, Tensor source) {
    NativeTensor i = index.open("scatter");
    return Op.binary("scatter", self(), source, (a, s) -> a.scatter(dim, i, s));
  }

  default Tensor scatterAdd(int dim, Tensor index, Tensor source) {
    NativeTensor i = index.open("scatterAdd");
    return Op.binary("scatterAdd", self(), source, (a, s) -> a.scatterAdd(dim, i, s));
  }

  /** INT64 [count, rank]: where elements differ from zero. */
  default Tensor nonzero() {
    return Op.unary("nonzero", self(), NativeTensor::nonzero);
  }

  /** INT64 with a new last dim of {@code classes}. */
  default Tensor oneHot(long classes) {
    return Op.unary("oneHot", self(), a -> a.oneHot(classes));
  }

  /** How often each of 0, 1, ..., at least {@code minLength} of them, stands in this vector. */
  default Tensor bincount(long minLength) {
    return Op.unary("bincount", self(), a -> a.bincount(minLength));
  }

  /** Draws {@code samples} indices per row with the row's weights, without repetition. */
  default Tensor multinomial(long samples, Rng rng) {
    return Op.unary("multinomial", self(), a -> a.multinomial(samples, false, rng.stream()));
  }
}
