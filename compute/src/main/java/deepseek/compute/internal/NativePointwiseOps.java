package deepseek.compute.internal;

import static deepseek.compute.internal.NativeTensor.wrapped;

import java.util.function.BiFunction;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Element by element: with a number, with a tensor, alone. */
sealed interface NativePointwiseOps permits NativeTensor {
  NativeTensor self();

  private Tensor t() {
    return self().torch();
  }

  private NativeTensor scalar(double value, BiFunction<Tensor, Scalar, Tensor> f) {
    return wrapped(Types.withScalar(value, s -> f.apply(t(), s)));
  }

  default NativeTensor add(double b) {
    return scalar(b, (a, s) -> a.add(s));
  }

  default NativeTensor sub(double b) {
    return scalar(b, (a, s) -> a.sub(s));
  }

  default NativeTensor mul(double b) {
    return scalar(b, (a, s) -> a.mul(s));
  }

  default NativeTensor div(double b) {
    return scalar(b, (a, s) -> a.div(s));
  }

  default NativeTensor pow(double b) {
    return scalar(b, (a, s) -> a.pow(s));
  }

  default NativeTensor remainder(double b) {
    return scalar(b, (a, s) -> a.remainder(s));
  }

  default NativeTensor clampMin(double b) {
    return scalar(b, (a, s) -> a.clamp_min(s));
  }

  default NativeTensor clampMax(double b) {
    return scalar(b, (a, s) -> a.clamp_max(s));
  }

  default NativeTensor eq(double b) {
    return scalar(b, (a, s) -> a.eq(s));
  }

  default NativeTensor ne(double b) {
    return scalar(b, (a, s) -> a.ne(s));
  }

  default NativeTensor lt(double b) {
    return scalar(b, (a, s) -> a.lt(s));
  }

  default NativeTensor le(double b) {
    return scalar(b, (a, s) -> a.le(s));
  }

  default NativeTensor gt(double b) {
    return scalar(b, (a, s) -> a.gt(s));
  }

  default NativeTensor ge(double b) {
    return scalar(b, (a, s) -> a.ge(s));
  }

  default NativeTensor maskedFill(NativeTensor mask, double b) {
    return scalar(b, (a, s) -> a.masked_fill(mask.torch(), s));
  }

  default void mulInPlace(double b) {
    Types.withScalar(b, s -> t().mul_(s));
  }

  default void fill(double value) {
    Types.withScalar(value, s -> t().fill_(s));
  }

  default void uniformInPlace(double low, double high, NativeGenerator generator) {
    try (var g = new GeneratorOptional(generator.torch())) {
      t().uniform_(low, high, g);
    }
  }

  default void normalInPlace(double mean, double std, NativeGenerator generator) {
    try (var g = new GeneratorOptional(generator.torch())) {
      t().normal_(mean, std, g);
    }
  }

  default NativeTensor add(NativeTensor b) {
    return wrapped(t().add(b.torch()));
  }

  default NativeTensor sub(NativeTensor b) {
    return wrapped(t().sub(b.torch()));
  }

  default NativeTensor mul(NativeTensor b) {
    return wrapped(t().mul(b.torch()));
  }

  default NativeTensor div(NativeTensor b) {
    return wrapped(t().div(b.torch()));
  }

  default NativeTensor pow(NativeTensor b) {
    return wrapped(t().pow(b.torch()));
  }

  default NativeTensor minimum(NativeTensor b) {
    return wrapped(torch.minimum(t(), b.torch()));
  }

  default NativeTensor maximum(NativeTensor b) {
    return wrapped(torch.maximum(t(), b.torch()));
  }

  default NativeTensor eq(NativeTensor b) {
    return wrapped(t().eq(b.torch()));
  }

  default NativeTensor lt(NativeTensor b) {
    return wrapped(t().lt(b.torch()));
  }

  default NativeTensor le(NativeTensor b) {
    return wrapped(t().le(b.torch()));
  }

  default NativeTensor gt(NativeTensor b) {
    return wrapped(t().gt(b.torch()));
  }

  default NativeTensor ge(NativeTensor b) {
    return wrapped(t().ge(b.torch()));
  }

  default NativeTensor logicalAnd(NativeTensor b) {
    return wrapped(t().logical_and(b.torch()));
  }

  default NativeTensor logicalOr(NativeTensor b) {
    return wrapped(t().logical_or(b.torch()));
  }

  default NativeTensor where(NativeTensor condition, NativeTensor otherwise) {
    return wrapped(torch.where(condition.torch(), t(), otherwise.torch()));
  }

  default void addInPlace(NativeTensor b) {
    t().add_(b.torch());
  }

  default void mulInPlace(NativeTensor b) {
    t().mul_(b.torch());
  }

  default NativeTensor neg() {
    return wrapped(t().neg());
  }

  default NativeTensor abs() {
    return wrapped(t().abs());
  }

  default NativeTensor exp() {
    return wrapped(t().exp());
  }

  default NativeTensor log() {
    return wrapped(t().log());
  }

  default NativeTensor sqrt() {
    return wrapped(t().sqrt());
  }

  default NativeTensor rsqrt() {
    return wrapped(t().rsqrt());
  }

  default NativeTensor reciprocal() {
    return wrapped(t().reciprocal());
  }

  default NativeTensor sin() {
    return wrapped(t().sin());
  }

  default NativeTensor cos() {
    return wrapped(t().cos());
  }

  default NativeTensor tanh() {
    return wrapped(t().tanh());
  }

  default NativeTensor erf() {
    return wrapped(t().erf());
  }

  default NativeTensor sigmoid() {
    return wrapped(t().sigmoid());
  }

  default NativeTensor floor() {
    return wrapped(t().floor());
  }

  default NativeTensor round() {
    return wrapped(t().round());
  }

  default NativeTensor logicalNot() {
    return wrapped(t().logical_not());
  }

  default NativeTensor isFinite() {
    return wrapped(t().isfinite());
  }

  default NativeTensor relu() {
    return wrapped(t().relu());
  }

  default NativeTensor silu() {
    return wrapped(torch.silu(t()));
  }

  default NativeTensor softplus() {
    return wrapped(torch.softplus(t()));
  }

  /** {@code approximate} is libtorch's word: {@code none} or {@code tanh}. */
  default NativeTensor gelu(String approximate) {
    return wrapped(torch.gelu(t(), approximate));
  }
}
