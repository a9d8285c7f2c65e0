package deepseek.compute;

import deepseek.compute.internal.NativeGenerator;
import deepseek.compute.internal.NativeTensor;

/**
 * Element by element. Shapes broadcast: aligned at the last dim, sizes of 1 repeat. Types mix as in
 * PyTorch: the wider of two, floating-point before integers; a double without fraction counts as an
 * integer, others make integer tensors FLOAT32. Functions such as {@link #log} give FLOAT32 for
 * integers; what is not defined is NaN or infinite, never an error. Comparisons give BOOL, false
 * with NaN.
 */
sealed interface PointwiseOps permits Tensor {
  Tensor self();

  default Tensor add(Tensor b) {
    return Op.binary("add", self(), b, NativeTensor::add);
  }

  default Tensor add(double b) {
    return Op.unary("add", self(), a -> a.add(b));
  }

  default Tensor sub(Tensor b) {
    return Op.binary("sub", self(), b, NativeTensor::sub);
  }

  default Tensor sub(double b) {
    return Op.unary("sub", self(), a -> a.sub(b));
  }

  default Tensor mul(Tensor b) {
    return Op.binary("mul", self(), b, NativeTensor::mul);
  }

  default Tensor mul(double b) {
    return Op.unary("mul", self(), a -> a.mul(b));
  }

  /** True division; integers give FLOAT32. */
  default Tensor div(Tensor b) {
    return Op.binary("div", self(), b, NativeTensor::div);
  }

  default Tensor div(double b) {
    return Op.unary("div", self(), a -> a.div(b));
  }

  /** {@code this^b}; of integers, negative powers are rounded to zero. */
  default Tensor pow(Tensor b) {
    return Op.binary("pow", self(), b, NativeTensor::pow);
  }

  /** {@code this^b}; integers have no negative powers. */
  default Tensor pow(double b) {
    return Op.unary("pow", self(), a -> a.pow(b));
  }

  /**
   * {@code this - b floor(this / b)}, with the divisor's sign. Divided by 0, floating-point numbers
   * give NaN and integers an error.
   */
  default Tensor remainder(double b) {
    return Op.unary("remainder", self(), a -> a.remainder(b));
  }

  /** The smaller of both, NaN where either is. */
  default Tensor minimum(Tensor b) {
    return Op.binary("minimum", self(), b, NativeTensor::minimum);
  }

  /** The larger of both, NaN where either is. */
  default Tensor maximum(Tensor b) {
    return Op.binary("maximum", self(), b, NativeTensor::maximum);
  }

  /** The larger of this and {@code b}; NaN stays. */
  default Tensor clampMin(double b) {
    return Op.unary("clampMin", self(), a -> a.clampMin(b));
  }

  /** The smaller of this and {@code b}; NaN stays. */
  default Tensor clampMax(double b) {
    return Op.unary("clampMax", self(), a -> a.clampMax(b));
  }

  /** {@code this += b}, in this tensor's shape and dtype; not on a leaf with gradient. */
  default Tensor addInPlace(Tensor b) {
    return Op.effect("addInPlace", self(), b, NativeTensor::addInPlace);
  }

  /** {@code this *= b}, in this tensor's shape and dtype; not on a leaf with gradient. */
  default Tensor mulInPlace(Tensor b) {
    return Op.effect("mulInPlace", self(), b, NativeTensor::mulInPlace);
  }

  /** {@code this *= b}, in this tensor's dtype; not on a leaf with gradient. */
  default Tensor mulInPlace(double b) {
    return Op.effect("mulInPlace", self(), a -> a.mulInPlace(b));
  }

  /** Overwrites all elements with {@code value}, which the dtype must hold. */
  default Tensor fill(double value) {
    return Op.effect("fill", self(), a -> a.fill(value));
  }

  /** Overwrites floating-point elements by numbers drawn uniformly from [low, high). */
  default Tensor uniformInPlace(double low, double high, Rng rng) {
    NativeGenerator stream = Rng.open(rng, "uniformInPlace");
    return Op.effect("uniformInPlace", self(), a -> a.uniformInPlace(low, high, stream));
  }

  /** Overwrites floating-point elements by numbers drawn from the normal distribution. */
  default Tensor normalInPlace(double mean, double std, Rng rng) {
    NativeGenerator stream = Rng.open(rng, "normalInPlace");
    return Op.effect("normalInPlace", self(), a -> a.normalInPlace(mean, std, stream));
  }

  default Tensor eq(Tensor b) {
    return Op.binary("eq", self(), b, NativeTensor::eq);
  }

  default Tensor eq(double b) {
    return Op.unary("eq", self(), a -> a.eq(b));
  }

  default Tensor ne(double b) {
    return Op.unary("ne", self(), a -> a.ne(b));
  }

  default Tensor lt(Tensor b) {
    return Op.binary("lt", self(), b, NativeTensor::lt);
  }

  default Tensor lt(double b) {
    return Op.unary("lt", self(), a -> a.lt(b));
  }

  default Tensor le(Tensor b) {
    return Op.binary("le", self(), b, NativeTensor::le);
  }

  default Tensor le(double b) {
    return Op.unary("le", self(), a -> a.le(b));
  }

  default Tensor gt(Tensor b) {
    return Op.binary("gt", self(), b, NativeTensor::gt);
  }

  default Tensor gt(double b) {
    return Op.unary("gt", self(), a -> a.gt(b));
  }

  default Tensor ge(Tensor b) {
    return Op.binary("ge", self(), b, NativeTensor::ge);
  }

  default Tensor ge(double b) {
    return Op.unary("ge", self(), a -> a.ge(b));
  }

  /** BOOL: whether both differ from zero. */
  default Tensor logicalAnd(Tensor b) {
    return Op.binary("logicalAnd", self(), b, NativeTensor::logicalAnd);
  }

  /** BOOL: whether one differs from zero. */
  default Tensor logicalOr(Tensor b) {
    return Op.binary("logicalOr", self(), b, NativeTensor::logicalOr);
  }

  /** BOOL: whether it is zero. */
  default Tensor logicalNot() {
    return Op.unary("logicalNot", self(), NativeTensor::logicalNot);
  }

  default Tensor isFinite() {
    return Op.unary("isFinite", self(), NativeTensor::isFinite);
  }

  /** This where {@code condition} holds, else {@code otherwise}. */
  default Tensor where(Tensor condition, Tensor otherwise) {
    return Op.ternary("where", self(), condition, otherwise, (a, c, b) -> a.where(c, b));
  }

  /** {@code value} where {@code mask} holds, else this. */
  default Tensor maskedFill(Tensor mask, double value) {
    return Op.binary("maskedFill", self(), mask, (a, m) -> a.maskedFill(m, value));
  }

  default Tensor neg() {
    return Op.unary("neg", self(), NativeTensor::neg);
  }

  default Tensor abs() {
    return Op.unary("abs", self(), NativeTensor::abs);
  }

  default Tensor exp() {
    return Op.unary("exp", self(), NativeTensor::exp);
  }

  /** Natural logarithm: -infinity of 0, NaN below. */
  default Tensor log() {
    return Op.unary("log", self(), NativeTensor::log);
  }

  default Tensor sqrt() {
    return Op.unary("sqrt", self(), NativeTensor::sqrt);
  }

  /** 1 / sqrt(x). */
  default Tensor rsqrt() {
    return Op.unary("rsqrt", self(), NativeTensor::rsqrt);
  }

  /** 1 / x. */
  default Tensor reciprocal() {
    return Op.unary("reciprocal", self(), NativeTensor::reciprocal);
  }

  default Tensor sin() {
    return Op.unary("sin", self(), NativeTensor::sin);
  }

  default Tensor cos() {
    return Op.unary("cos", self(), NativeTensor::cos);
  }

  default Tensor tanh() {
    return Op.unary("tanh", self(), NativeTensor::tanh);
  }

  default Tensor erf() {
    return Op.unary("erf", self(), NativeTensor::erf);
  }

  default Tensor sigmoid() {
    return Op.unary("sigmoid", self(), NativeTensor::sigmoid);
  }

  /** The largest whole number that is not above; integers stay. */
  default Tensor floor() {
    return Op.unary("floor", self(), NativeTensor::floor);
  }

  /** To the nearest whole number, halves to the even one. */
  default Tensor round() {
    return Op.unary("round", self(), NativeTensor::round);
  }
}
