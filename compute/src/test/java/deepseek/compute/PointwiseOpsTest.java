package deepseek.compute;

import static deepseek.compute.Expected.assertClose;
import static deepseek.compute.Expected.map;
import static deepseek.compute.Expected.places;
import static deepseek.compute.Expected.random;
import static deepseek.compute.Expected.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith({LeakCheck.class, InScope.class})
class PointwiseOpsTest {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final double[] AWKWARD = {
    -40, -2.5, -1, -0.5, 0, 0.5, 1, 1.5, 2.5, 40, NAN, INF, -INF, 0.25
  };
  private static final DType[] FLOATS = {
    DType.FLOAT64, DType.FLOAT32, DType.FLOAT16, DType.BFLOAT16
  };

  record Function(String name, UnaryOperator<Tensor> op, DoubleUnaryOperator expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  static Stream<Function> functions() {
    return Stream.of(
        new Function("log", Tensor::log, Math::log),
        new Function("exp", Tensor::exp, Math::exp),
        new Function("sqrt", Tensor::sqrt, Math::sqrt),
        new Function("rsqrt", Tensor::rsqrt, x -> 1 / Math.sqrt(x)),
        new Function("reciprocal", Tensor::reciprocal, x -> 1 / x),
        new Function("sin", Tensor::sin, Math::sin),
        new Function("cos", Tensor::cos, Math::cos),
        new Function("tanh", Tensor::tanh, Math::tanh),
        new Function("sigmoid", Tensor::sigmoid, PointwiseOpsTest::sigmoid),
        new Function("floor", Tensor::floor, Math::floor),
        new Function("round", Tensor::round, Math::rint),
        new Function("neg", Tensor::neg, x -> -x),
        new Function("abs", Tensor::abs, Math::abs),
        new Function("relu", Tensor::relu, x -> Math.max(x, 0)),
        new Function("silu", Tensor::silu, x -> x * sigmoid(x)),
        new Function("softplus", Tensor::softplus, x -> x > 20 ? x : Math.log1p(Math.exp(x))),
        new Function("clampMin", t -> t.clampMin(-0.5), x -> Math.max(x, -0.5)),
        new Function("clampMax", t -> t.clampMax(0.5), x -> Math.min(x, 0.5)),
        new Function("pow 3", t -> t.pow(3), x -> x * x * x),
        new Function("pow -2", t -> t.pow(-2), x -> 1 / (x * x)),
        new Function("remainder 1.5", t -> t.remainder(1.5), x -> x - 1.5 * Math.floor(x / 1.5)),
        new Function("remainder -1.5", t -> t.remainder(-1.5), x -> x + 1.5 * Math.floor(x / -1.5)),
        new Function("sub", t -> t.sub(0.5), x -> x - 0.5),
        new Function("div", t -> t.div(0.5), x -> x / 0.5));
  }

  @ParameterizedTest
  @MethodSource("functions")
  void functionsFollowTheirFormulaInEveryTypeAndLayout(Function f) {
    for (DType dtype : FLOATS) {
      Tensor x = vector(AWKWARD).to(dtype);
      assertClose(f.op.apply(x), map(x.toDoubles(), f.expected));
      Tensor transposed = x.reshape(2, 7).transpose(0, 1);
      assertClose(f.op.apply(transposed), map(transposed.toDoubles(), f.expected));
      assertThat(f.op.apply(transposed).shape()).containsExactly(7, 2);
      assertThat(f.op.apply(x).dtype()).isEqualTo(dtype);
    }
    assertClose(f.op.apply(Tensor.scalar(0.5)), f.expected.applyAsDouble(0.5));
    assertThat(f.op.apply(Tensor.zeros(3, 0)).shape()).containsExactly(3, 0);
  }

  @Test
  void functionsOfIntegers() {
    Tensor x = places(0, 1, 4);
    assertClose(x.log(), Double.NEGATIVE_INFINITY, 0, Math.log(4));
    assertClose(x.reciprocal(), INF, 1, 0.25);
    assertClose(x.sqrt(), 0, 1, 2);
    for (Tensor same : new Tensor[] {x.floor(), x.round(), x.clampMax(9), x.pow(1)}) {
      assertThat(same.dtype()).isEqualTo(DType.INT64);
      assertThat(same.toLongs()).containsExactly(0, 1, 4);
    }
    assertThat(places(-5, 5).remainder(3).toLongs()).containsExactly(1, 2);
    assertThat(places(-5, 5).remainder(-3).toLongs()).containsExactly(-2, -1);
    assertThat(places(Long.MIN_VALUE).remainder(-1).toLongs()).containsExactly(0);
    assertThat(places(2, -1, 1).pow(places(-1, -3, -9)).toLongs()).containsExactly(0, -1, 1);
  }

  /** Numbers of Abramowitz and Stegun, Handbook of Mathematical Functions, table 7.1. */
  @Test
  void errorFunctionAndGelu() {
    assertClose(vector(0, 0.5, 1, -2).erf(), 0, 0.520499877813, 0.842700792950, -0.995322265019);
    double halfTwice = Math.sqrt(2) / 2;
    assertClose(
        vector(halfTwice, Math.sqrt(2)).gelu(),
        halfTwice * (1 + 0.520499877813) / 2,
        Math.sqrt(2) * (1 + 0.842700792950) / 2);
    assertClose(
        vector(-1, 3).geluTanh(),
        map(
            new double[] {-1, 3},
            x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))));
  }

  record Combination(String name, BinaryOperator<Tensor> op, DoubleBinaryOperator expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Combination> combinations() {
    return Stream.of(
        new Combination("add", Tensor::add, Double::sum),
        new Combination("sub", Tensor::sub, (a, b) -> a - b),
        new Combination("mul", Tensor::mul, (a, b) -> a * b),
        new Combination("div", Tensor::div, (a, b) -> a / b),
        new Combination("pow", (a, b) -> a.abs().pow(b), (a, b) -> Math.pow(Math.abs(a), b)),
        new Combination("minimum", Tensor::minimum, Math::min),
        new Combination("maximum", Tensor::maximum, Math::max),
        new Combination("eq", Tensor::eq, (a, b) -> a == b ? 1 : 0),
        new Combination("lt", Tensor::lt, (a, b) -> a < b ? 1 : 0),
        new Combination("le", Tensor::le, (a, b) -> a <= b ? 1 : 0),
        new Combination("gt", Tensor::gt, (a, b) -> a > b ? 1 : 0),
        new Combination("ge", Tensor::ge, (a, b) -> a >= b ? 1 : 0),
        new Combination("and", Tensor::logicalAnd, (a, b) -> a != 0 && b != 0 ? 1 : 0),
        new Combination("or", Tensor::logicalOr, (a, b) -> a != 0 || b != 0 ? 1 : 0));
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void combinationsBroadcast(Combination c) {
    Tensor rows = random(1, 3, 1);
    Tensor columns = Tensor.cat(List.of(random(2, 2), vector(NAN, 0)), 0);
    double[] expected = new double[12];
    for (int i = 0; i < 12; i++) {
      expected[i] = c.expected.applyAsDouble(rows.toDoubles()[i / 4], columns.toDoubles()[i % 4]);
    }
    Tensor combined = c.op.apply(rows, columns);
    assertThat(combined.shape()).containsExactly(3, 4);
    assertThat(combined.toDoubles()).containsExactly(expected, offset());
    Tensor a = random(3, 2, 3).transpose(0, 1);
    Tensor b = random(4, 3, 2);
    assertThat(c.op.apply(a, b).toDoubles())
        .containsExactly(c.op.apply(a.contiguous(), b).toDoubles(), offset());
    assertThat(c.op.apply(Tensor.zeros(0, 3), Tensor.ones(3)).shape()).containsExactly(0, 3);
    assertThat(c.op.apply(Tensor.scalar(2), Tensor.ones(1, 1)).shape()).containsExactly(1, 1);
    Tensor same = random(5, 4);
    assertThat(c.op.apply(same, same).toDoubles())
        .containsExactly(map(same.toDoubles(), x -> c.expected.applyAsDouble(x, x)), offset());
  }

  private static Offset<Double> offset() {
    return within(1e-12);
  }

  @ParameterizedTest
  @CsvSource({
    "INT64, FLOAT32, FLOAT32",
    "BFLOAT16, FLOAT32, FLOAT32",
    "FLOAT16, BFLOAT16, FLOAT32",
    "INT32, INT64, INT64",
    "BOOL, INT64, INT64",
    "UINT8, INT8, INT16",
    "FLOAT64, FLOAT32, FLOAT64",
    "INT64, BFLOAT16, BFLOAT16"
  })
  void typesMixToTheWider(DType a, DType b, DType expected) {
    Tensor x = Tensor.ones(2).to(a);
    Tensor y = Tensor.ones(2).to(b);
    assertThat(x.add(y).dtype()).isEqualTo(expected);
    assertThat(y.maximum(x).dtype()).isEqualTo(expected);
    assertThat(x.ge(y).dtype()).isEqualTo(DType.BOOL);
  }

  @Test
  void wholeNumbersLeaveIntegersAlone() {
    assertThat(places(1, 2).add(3).toString()).isEqualTo("int64[2] [4, 5]");
    assertThat(places(1, 2).mul(1.5).toString()).isEqualTo("float32[2] [1.5, 3.0]");
    assertThat(places(1, 2).clampMax(1.5).toString()).isEqualTo("float32[2] [1.0, 1.5]");
    assertThat(places(1, 2).le(1.5).toLongs()).containsExactly(1, 0);
    assertThat(places(1, 2).ge(2).toLongs()).containsExactly(0, 1);
    assertThat(places(1, 2).eq(2).toLongs()).containsExactly(0, 1);
    assertThat(vector(1, NAN).ge(0).toLongs()).containsExactly(1, 0);
    assertThat(vector(1, NAN).le(1).toLongs()).containsExactly(1, 0);
    assertThat(vector(0, NAN, 2).logicalNot().toLongs()).containsExactly(1, 0, 0);
  }

  @Test
  void inPlaceFormsChangeEveryViewAndKeepTheType() {
    Tensor base = vector(1, 2, 3, 4, 5, 6).reshape(2, 3).to(DType.BFLOAT16);
    Tensor transposed = base.transpose(0, 1);
    assertThat(transposed.addInPlace(vector(10, 20))).isSameAs(transposed);
    assertThat(base.toDoubles()).containsExactly(11, 12, 13, 24, 25, 26);
    assertThat(base.dtype()).isEqualTo(DType.BFLOAT16);
    base.slice(1, 0, 3, 2).mulInPlace(2);
    assertThat(base.toDoubles()).containsExactly(22, 12, 26, 48, 25, 52);
    base.mulInPlace(vector(0, 1, 0.5));
    assertThat(base.toDoubles()).containsExactly(0, 12, 13, 0, 25, 26);
    assertThat(base.select(1, 0).fill(NAN).toDoubles()).containsExactly(NAN, NAN);
    assertThat(base.toDoubles()).containsExactly(NAN, 12, 13, NAN, 25, 26);
    assertThat(places(3, 4).mulInPlace(2).addInPlace(places(1)).toLongs()).containsExactly(7, 9);
    Tensor itself = vector(1, 2);
    assertThat(itself.addInPlace(itself).mulInPlace(itself).toDoubles()).containsExactly(4, 16);
    assertThat(Tensor.zeros(0).addInPlace(Tensor.ones(1)).numel()).isZero();
  }

  @Test
  void parametersAreUpdatedThroughDetach() {
    Tensor parameter = vector(1, 2).withGrad();
    parameter.mul(3).sum().backward();
    parameter.detach().addInPlace(parameter.grad().orElseThrow().mul(-0.5));
    assertThat(parameter.toDoubles()).containsExactly(-0.5, 0.5);
    assertThat(parameter.requiresGrad()).isTrue();
  }
}
