package deepseek.compute;

import static deepseek.compute.Expected.assertClose;
import static deepseek.compute.Expected.places;
import static deepseek.compute.Expected.random;
import static deepseek.compute.Expected.vector;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith({LeakCheck.class, InScope.class})
class ReductionOpsTest {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private enum Dim {
    GOES,
    STAYS
  }

  record Reduction(
      String name,
      BiFunction<Tensor, Integer, Tensor> op,
      Dim dim,
      ToDoubleFunction<double[]> expected) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static double largest(double... v) {
    return Arrays.stream(v).max().orElseThrow();
  }

  private static double mean(double... v) {
    return Arrays.stream(v).average().orElseThrow();
  }

  private static double variance(double... v) {
    return Arrays.stream(v).map(x -> Math.pow(x - mean(v), 2)).average().orElseThrow();
  }

  private static double logSumExp(double... v) {
    return Math.log(Arrays.stream(v).map(Math::exp).sum());
  }

  private static double placeOfLargest(double... v) {
    return IntStream.range(0, v.length).filter(i -> v[i] == largest(v)).findFirst().orElseThrow();
  }

  static Stream<Reduction> reductions() {
    return Stream.of(
        new Reduction("sum", Tensor::sum, Dim.GOES, v -> Arrays.stream(v).sum()),
        new Reduction("sumKeepDim", Tensor::sumKeepDim, Dim.STAYS, v -> Arrays.stream(v).sum()),
        new Reduction("mean", Tensor::mean, Dim.GOES, ReductionOpsTest::mean),
        new Reduction("meanKeepDim", Tensor::meanKeepDim, Dim.STAYS, ReductionOpsTest::mean),
        new Reduction("max", Tensor::max, Dim.GOES, ReductionOpsTest::largest),
        new Reduction("maxKeepDim", Tensor::maxKeepDim, Dim.STAYS, ReductionOpsTest::largest),
        new Reduction("min", Tensor::min, Dim.GOES, v -> Arrays.stream(v).min().orElseThrow()),
        new Reduction("variance", Tensor::varianceKeepDim, Dim.STAYS, ReductionOpsTest::variance),
        new Reduction("logSumExp", Tensor::logSumExp, Dim.GOES, ReductionOpsTest::logSumExp),
        new Reduction("argmax", Tensor::argmax, Dim.GOES, ReductionOpsTest::placeOfLargest));
  }

  @ParameterizedTest
  @MethodSource("reductions")
  void reductionsAgreeWithPlainLoops(Reduction r) {
    Tensor x = random(7, 2, 3, 4);
    for (Tensor t : new Tensor[] {x, x.transpose(0, 2), x.slice(2, 1, 4, 2), x.narrow(1, 0, 1)}) {
      for (int dim = -3; dim < 3; dim++) {
        Tensor reduced = r.op.apply(t, dim);
        assertClose(reduced, byLoops(t, Math.floorMod(dim, 3), r.expected));
        assertThat(reduced.shape()).containsExactly(shapeAfter(t, Math.floorMod(dim, 3), r.dim));
      }
    }
    assertThat(r.op.apply(Tensor.zeros(0, 3), 1).numel()).isZero();
  }

  private static long[] shapeAfter(Tensor t, int dim, Dim kept) {
    return IntStream.range(0, 3)
        .filter(i -> kept == Dim.STAYS || i != dim)
        .mapToLong(i -> i == dim ? 1 : t.size(i))
        .toArray();
  }

  private static double[] byLoops(Tensor t, int dim, ToDoubleFunction<double[]> expected) {
    double[] values = t.toDoubles();
    int inner = 1;
    for (int i = dim + 1; i < 3; i++) {
      inner *= (int) t.size(i);
    }
    int length = (int) t.size(dim);
    double[] reduced = new double[values.length / length];
    for (int i = 0; i < reduced.length; i++) {
      double[] along = new double[length];
      for (int k = 0; k < length; k++) {
        along[k] = values[(i / inner * length + k) * inner + i % inner];
      }
      reduced[i] = expected.applyAsDouble(along);
    }
    return reduced;
  }

  @Test
  void allElements() {
    Tensor x = vector(3, -4, 12).reshape(1, 3, 1);
    assertThat(x.norm().item()).isEqualTo(13);
    assertThat(x.norm().rank()).isZero();
    assertThat(x.min().item()).isEqualTo(-4);
    assertThat(x.max().item()).isEqualTo(12);
    assertThat(x.to(DType.FLOAT16).mul(100).norm().item()).isEqualTo(1300);
    assertThat(Tensor.scalar(-2).norm().item()).isEqualTo(2);
    assertThat(places(5, -7, 2).min().itemLong()).isEqualTo(-7);
    assertThat(Tensor.of(new int[] {1 << 30, 1 << 30}).sum().itemLong()).isEqualTo(1L << 31);
  }

  @Test
  void anyAndAllCountNaNAsTrue() {
    assertThat(vector(0, 0).any().itemLong()).isZero();
    assertThat(vector(0, NAN).any().itemLong()).isOne();
    assertThat(vector(1, NAN).all().itemLong()).isOne();
    assertThat(places(0, 3).any().itemLong()).isOne();
    assertThat(places(0, 3).all().itemLong()).isZero();
    assertThat(vector(0, -0.0).to(DType.BFLOAT16).any().dtype()).isEqualTo(DType.BOOL);
    assertThat(vector(0, -0.0).to(DType.BFLOAT16).any().itemLong()).isZero();
  }

  @Test
  void noElements() {
    Tensor none = vector();
    assertThat(none.any().itemLong()).isZero();
    assertThat(none.all().itemLong()).isOne();
    assertThat(none.norm().item()).isZero();
    assertThat(none.sum().item()).isZero();
    assertThat(none.mean().item()).isNaN();
    assertThat(none.logSumExp(0).item()).isEqualTo(-INF);
    assertThat(none.varianceKeepDim(0).item()).isNaN();
    assertThat(none.cumsum(0).numel()).isZero();
  }

  @Test
  void logSumExpDoesNotOverflow() {
    assertClose(vector(1000, 1000).logSumExp(0), 1000 + Math.log(2));
    assertClose(vector(-1000, -1001).logSumExp(-1), -1000 + Math.log1p(Math.exp(-1)));
    assertClose(vector(-INF, -INF).logSumExp(0), -INF);
    assertClose(vector(INF, 1).logSumExp(0), INF);
    assertClose(vector(60000, 60000).to(DType.FLOAT16).logSumExp(0), 60000);
    assertClose(places(1, 2).logSumExp(0), Math.log(Math.E + Math.exp(2)));
    assertClose(Tensor.scalar(3).logSumExp(-1), 3);
  }

  @Test
  void notANumberIsLargestAndSmallest() {
    Tensor x = vector(1, NAN, -INF, INF).reshape(2, 2);
    assertThat(x.min().item()).isNaN();
    assertThat(x.min(1).toDoubles()).containsExactly(NAN, -INF);
    assertThat(x.maxKeepDim(1).toDoubles()).containsExactly(NAN, INF);
  }

  @Test
  void runningSums() {
    Tensor x = vector(1, 2, 3, 4, 5, 6).reshape(2, 3);
    assertThat(x.cumsum(1).toDoubles()).containsExactly(1, 3, 6, 4, 9, 15);
    assertThat(x.transpose(0, 1).cumsum(-1).toDoubles()).containsExactly(1, 5, 2, 7, 3, 9);
    assertThat(places(1, 0, 2).gt(0).cumsum(0).toString()).isEqualTo("int64[3] [1, 1, 2]");
  }
}
