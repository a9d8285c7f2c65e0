package deepseek.compute;

import static deepseek.compute.Expected.places;
import static deepseek.compute.Expected.random;
import static deepseek.compute.Expected.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith({LeakCheck.class, InScope.class})
class GradientTest {
  /** Of central differences: their error grows with its square, rounding falls with it. */
  private static final double STEP = 1e-5;

  record Case(String name, UnaryOperator<Tensor> op) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Tensor other() {
    return random(22, 3, 4).abs().add(0.2);
  }

  static Stream<Case> pointwise() {
    return Stream.of(
        new Case("pow", x -> x.abs().pow(other())),
        new Case("pow, exponent", x -> other().pow(x)),
        new Case("pow 3", x -> x.pow(3)),
        new Case("remainder", x -> x.remainder(0.7)),
        new Case("minimum", x -> x.minimum(other())),
        new Case("maximum", x -> x.maximum(other())),
        new Case("clampMax", x -> x.clampMax(0.1)),
        new Case("clampMin", x -> x.clampMin(0.1)),
        new Case("mulInPlace", x -> x.add(1).mulInPlace(other())),
        new Case("mulInPlace by a number", x -> x.add(1).mulInPlace(3)),
        new Case("addInPlace", x -> other().addInPlace(x.mul(2))),
        new Case("div", x -> other().div(x)),
        new Case("log", x -> x.abs().log()),
        new Case("exp", Tensor::exp),
        new Case("sqrt", x -> x.abs().sqrt()),
        new Case("reciprocal", Tensor::reciprocal),
        new Case("tanh", Tensor::tanh),
        new Case("erf", Tensor::erf),
        new Case("sigmoid", Tensor::sigmoid),
        new Case("silu", Tensor::silu),
        new Case("gelu", Tensor::gelu),
        new Case("geluTanh", Tensor::geluTanh),
        new Case("softplus", Tensor::softplus),
        new Case("floor", Tensor::floor),
        new Case("round", x -> x.mul(0.1).round().add(x)),
        new Case("where", x -> x.where(other().gt(0.5), x.mul(2))));
  }

  static Stream<Case> others() {
    return Stream.of(
        new Case("maxKeepDim", x -> x.maxKeepDim(-1)),
        new Case("min", Tensor::min),
        new Case("min of a dim", x -> x.min(0)),
        new Case("varianceKeepDim", x -> x.varianceKeepDim(1)),
        new Case("logSumExp", x -> x.logSumExp(0)),
        new Case("norm", Tensor::norm),
        new Case("cumsum", x -> x.cumsum(1)),
        new Case("permute", x -> x.reshape(3, 2, 2).permute(2, 0, 1)),
        new Case("slice", x -> x.slice(1, 0, 4, 3)),
        new Case("tril", x -> x.tril(-1)),
        new Case("triu", x -> x.triu(1)),
        new Case("flip", x -> x.flip(1)),
        new Case("alias", x -> x.alias().copy()),
        new Case("sortAscending", x -> x.sortAscending(1).values()),
        new Case("sortDescending", x -> x.sortDescending(0).values()),
        new Case("topk", x -> x.topk(2, 1).values()),
        new Case("indexSelect", x -> x.indexSelect(1, places(0, 3, 3))),
        new Case("indexAdd", x -> x.indexAdd(0, places(2, 2), random(5, 2, 4))),
        new Case("indexAdd, source", x -> random(6, 2, 4).indexAdd(0, places(1, 0, 1), x)),
        new Case("indexCopy, source", x -> random(7, 5, 4).indexCopyInPlace(0, places(1, 0, 4), x)),
        new Case("gather", x -> x.gather(1, places(0, 0, 3).reshape(3, 1))),
        new Case("scatter, source", x -> random(8, 3, 9).scatter(1, spread(), x)),
        new Case("scatterAdd", x -> x.scatterAdd(1, spread().remainder(4), random(9, 3, 4))),
        new Case(
            "scatterAdd, source", x -> random(9, 3, 4).scatterAdd(1, spread().remainder(4), x)),
        new Case("softmax", x -> x.softmax(1)),
        new Case("logSoftmax", x -> x.logSoftmax(0)),
        new Case("rmsNorm", x -> x.rmsNorm(vector(1, -2, 3, 0.5), 1e-3)),
        new Case("layerNorm", x -> x.layerNorm(vector(1, -2, 3, 1), vector(1, 2, 3, 4), 1e-3)),
        new Case("crossEntropy", x -> x.crossEntropy(places(3, -100, 0))),
        new Case("crossEntropy, teacher", x -> x.crossEntropy(other().softmax(1))),
        new Case("crossEntropy, of a teacher", x -> other().crossEntropy(x)));
  }

  /** Distinct places of 0 to 8 in each of three rows. */
  private static Tensor spread() {
    return places(8, 1, 3, 5, 0, 2, 4, 6, 7, 0, 5, 1).reshape(3, 4);
  }

  @ParameterizedTest
  @MethodSource({"pointwise", "others"})
  void gradientsAreTheSlopes(Case c) {
    Tensor x = random(21, 3, 4);
    Tensor weights = random(23, c.op.apply(x).shape());
    Tensor leaf = x.copy().withGrad();
    c.op.apply(leaf).mul(weights).sum().add(leaf.sum().mul(0)).backward();
    double[] gradient = leaf.grad().orElseThrow().toDoubles();
    double[] values = x.toDoubles();
    for (int i = 0; i < values.length; i++) {
      double slope =
          (at(c, weights, values, i, STEP) - at(c, weights, values, i, -STEP)) / (2 * STEP);
      assertThat(gradient[i])
          .as("element %d", i)
          .isCloseTo(slope, within(1e-6 * Math.max(1, Math.abs(slope))));
    }
  }

  private static double at(Case c, Tensor weights, double[] values, int i, double step) {
    double[] moved = values.clone();
    moved[i] += step;
    try (Scope scope = Scope.open()) {
      return c.op.apply(Tensor.of(moved, 3, 4)).mul(weights).sum().item();
    }
  }

  @Test
  void equalLargestElementsShareTheGradient() {
    Tensor x = vector(2, 2, 1).withGrad();
    x.maxKeepDim(0).sum().backward();
    assertThat(x.grad().orElseThrow().toDoubles()).containsExactly(0.5, 0.5, 0);
  }

  @Test
  void theNormsGradientAtZeroIsZero() {
    Tensor x = Tensor.zeros(2).withGrad();
    x.norm().backward();
    assertThat(x.grad().orElseThrow().toFloats()).containsExactly(0, 0);
  }

  @Test
  void gradientsAddUpAndKeepTheirType() {
    Tensor x = vector(1, 2).to(DType.BFLOAT16).withGrad();
    x.reshape(1, 2).crossEntropy(places(0)).backward();
    x.reshape(1, 2).crossEntropy(places(0)).backward();
    Tensor gradient = x.grad().orElseThrow();
    assertThat(gradient.dtype()).isEqualTo(DType.BFLOAT16);
    double likely = 1 / (1 + Math.exp(1));
    Expected.assertClose(gradient, 2 * (likely - 1), 2 * (1 - likely));
  }

  @Test
  void detachedTensorsPassNoGradient() {
    Tensor x = vector(1, 2).withGrad();
    assertThat(x.detach().requiresGrad()).isFalse();
    x.mul(x.detach()).sum().backward();
    assertThat(x.grad().orElseThrow().toDoubles()).containsExactly(1, 2);
    assertThatThrownBy(() -> x.detach().sum().backward()).hasMessageStartingWith("backward: ");
  }
}
