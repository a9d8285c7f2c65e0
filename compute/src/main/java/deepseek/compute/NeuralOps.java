package deepseek.compute;

import deepseek.compute.internal.NativeTensor;
import java.util.Arrays;
import java.util.Optional;

/** What layers are made of. */
sealed interface NeuralOps permits Tensor {
  /** Label of a row that {@link #crossEntropy} leaves out. */
  long SKIPPED = -100;

  Tensor self();

  /** Matrix product over the last two dims, the others broadcast. */
  default Tensor matmul(Tensor b) {
    return Op.binary("matmul", self(), b, NativeTensor::matmul);
  }

  /** {@code x W^T}: [.., in] x [out, in] -> [.., out]. */
  default Tensor linear(Tensor weight) {
    return Op.binary("linear", self(), weight, NativeTensor::linear);
  }

  /** {@code x W^T + b}: [.., in] x [out, in] + [out] -> [.., out]. */
  default Tensor linear(Tensor weight, Tensor bias) {
    return Op.ternary("linear", self(), weight, bias, NativeTensor::linear);
  }

  /** Rows of this table [rows, D] for ids [..]: [.., D]. */
  default Tensor embedding(Tensor ids) {
    return Op.binary("embedding", self(), ids, NativeTensor::embedding);
  }

  default Tensor softmax(int dim) {
    return Op.unary("softmax", self(), a -> a.softmax(dim));
  }

  default Tensor logSoftmax(int dim) {
    return Op.unary("logSoftmax", self(), a -> a.logSoftmax(dim));
  }

  /** Layer normalisation over the last dims, those of {@code weight}. */
  default Tensor layerNorm(Tensor weight, Tensor bias, double eps) {
    return Op.ternary("layerNorm", self(), weight, bias, (a, w, b) -> a.layerNorm(w, b, eps));
  }

  /** {@code x / sqrt(mean(x^2) + eps) * weight} over the last dims, those of {@code weight}. */
  default Tensor rmsNorm(Tensor weight, double eps) {
    return Op.binary("rmsNorm", self(), weight, (a, w) -> a.rmsNorm(w, eps));
  }

  /**
   * Scaled dot-product attention of this query [B, N, L, H] over key and value [B, K, S, H], K
   * dividing N (grouped heads); {@code mask} broadcasts to [B, N, L, S]: BOOL (true may look) or
   * added to the scores.
   */
  default Tensor attention(Tensor key, Tensor value, Tensor mask, double scale) {
    ComputeException.present("attention", "a mask", mask);
    return attention(key, value, Optional.of(mask), false, scale);
  }

  /** The same, every position looking at all. */
  default Tensor attention(Tensor key, Tensor value, double scale) {
    return attention(key, value, Optional.empty(), false, scale);
  }

  /** The same with L = S, every position looking at itself and those before it. */
  default Tensor causalAttention(Tensor key, Tensor value, double scale) {
    return attention(key, value, Optional.empty(), true, scale);
  }

  private Tensor attention(
      Tensor key, Tensor value, Optional<Tensor> mask, boolean causal, double scale) {
    Tensor query = self();
    requireHeads(query, key, value);
    DType dtype = query.dtype();
    // libtorch's fused CPU kernel multiplies 16-bit numbers one by one; in FLOAT32 it goes through
    // BLAS and is 4 to 25 times as fast, forward and backward, the conversion included.
    boolean widen = dtype.byteSize() == 2 && query.device().type() == Device.Type.CPU;
    if (!widen) {
      return fused(query, key, value, mask, causal, scale);
    }
    try (var scope = Scope.open()) {
      DType wide = DType.FLOAT32;
      Optional<Tensor> wideMask = mask.map(m -> m.dtype().isFloatingPoint() ? m.to(wide) : m);
      Tensor seen = fused(query.to(wide), key.to(wide), value.to(wide), wideMask, causal, scale);
      return scope.keep(seen.to(dtype));
    }
  }

  /** libtorch divides by the number of key heads, whatever it is. */
  private static void requireHeads(Tensor query, Tensor key, Tensor value) {
    ComputeException.present("attention", "a query, a key and a value", key);
    ComputeException.present("attention", "a query, a key and a value", value);
    boolean fits =
        query.rank() == 4
            && key.rank() == 4
            && value.rank() == 4
            && query.size(0) == key.size(0)
            && query.size(0) == value.size(0)
            && key.size(1) > 0
            && query.size(1) % key.size(1) == 0
            && value.size(1) == key.size(1)
            && query.size(3) == key.size(3)
            && value.size(2) == key.size(2);
    if (!fits) {
      throw OpFailure.refuse("attention", query, key, value);
    }
  }

  private static Tensor fused(
      Tensor query, Tensor key, Tensor value, Optional<Tensor> mask, boolean causal, double scale) {
    Optional<NativeTensor> m = mask.map(t -> t.open("attention"));
    NativeTensor v = value.open("attention");
    return Op.binary(
        "attention", query, key, (q, k) -> q.attention(k, v, m, causal, scale, grouped(q, k)));
  }

  private static boolean grouped(NativeTensor query, NativeTensor key) {
    return query.size(1) != key.size(1);
  }

  default Tensor relu() {
    return Op.unary("relu", self(), NativeTensor::relu);
  }

  /** {@code x * sigmoid(x)}. */
  default Tensor silu() {
    return Op.unary("silu", self(), NativeTensor::silu);
  }

  /** {@code x * Phi(x)}, exact. */
  default Tensor gelu() {
    return Op.unary("gelu", self(), a -> a.gelu("none"));
  }

  /** GELU by its tanh approximation. */
  default Tensor geluTanh() {
    return Op.unary("gelu", self(), a -> a.gelu("tanh"));
  }

  /** {@code log(1 + exp(x))} without overflow: x itself above 20. */
  default Tensor softplus() {
    return Op.unary("softplus", self(), NativeTensor::softplus);
  }

  /**
   * Zeroes each element with this probability p and multiplies the rest by 1 / (1 - p); the
   * expectation stays. Draws from the default stream ({@link Rng#seedAll}); p = 0 changes nothing,
   * p = 1 leaves zeros.
   *
   * @see <a href="https://jmlr.org/papers/v15/srivastava14a.html">Srivastava et al., 2014</a>
   */
  default Tensor dropout(double probability) {
    return Op.unary("dropout", self(), a -> a.dropout(probability));
  }

  /**
   * Cross-entropy of these logits [R, C] against INT64 labels [R], a scalar of the logits' dtype:
   * {@code -mean over r of logSoftmax(logits_r)[label_r]}. Rows labelled {@link #SKIPPED} don't
   * count; the mean over no rows is NaN. A teacher's probabilities [R, C] in place of labels give
   * {@code -mean over r of sum over c of p_rc logSoftmax(logits_r)_c}.
   */
  default Tensor crossEntropy(Tensor labels) {
    Tensor logits = self();
    logits.look("crossEntropy");
    ComputeException.present("crossEntropy", "labels", labels);
    labels.look("crossEntropy");
    boolean classes = labels.dtype() == DType.INT64 && labels.rank() == 1;
    boolean probabilities =
        labels.dtype() == logits.dtype() && Arrays.equals(labels.shape(), logits.shape());
    if (logits.rank() != 2 || !(classes || probabilities)) {
      throw OpFailure.refuse("crossEntropy", logits, labels);
    }
    return Op.binary("crossEntropy", logits, labels, (a, l) -> a.crossEntropy(l, SKIPPED));
  }
}
