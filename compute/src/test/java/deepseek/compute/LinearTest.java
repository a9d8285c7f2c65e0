package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One row takes another way through libtorch than many; both must agree. */
@ExtendWith(LeakCheck.class)
class LinearTest {
  private static final int IN = 67;
  private static final int OUT = 45;

  private Scope scope;
  private Rng rng;

  @BeforeEach
  void open() {
    scope = Scope.open();
    rng = Rng.seeded(5);
  }

  @AfterEach
  void close() {
    rng.close();
    scope.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT64", "FLOAT32", "BFLOAT16", "FLOAT16"})
  void oneRowGivesWhatItGivesAmongOthers(DType dtype) {
    Tensor rows = Tensor.randn(rng, 3, IN).to(dtype);
    Tensor weight = Tensor.randn(rng, OUT, IN).to(dtype);
    Tensor bias = Tensor.randn(rng, OUT).to(dtype);
    Tensor one = rows.narrow(0, 1, 1).reshape(1, 1, IN);
    assertThat(one.linear(weight).shape()).containsExactly(1, 1, OUT);
    assertThat(one.linear(weight).dtype()).isEqualTo(dtype);
    double tolerance = dtype.byteSize() == 2 ? 0.2 : 1e-4; // sums of 67 rounded to 8 bits
    assertClose(one.linear(weight), rows.linear(weight).select(0, 1), tolerance);
    assertClose(one.linear(weight, bias), rows.linear(weight, bias).select(0, 1), tolerance);
  }

  private static void assertClose(Tensor actual, Tensor expected, double tolerance) {
    float[] a = actual.toFloats();
    float[] e = expected.toFloats();
    assertThat(a).hasSameSizeAs(e);
    for (int i = 0; i < a.length; i++) {
      assertThat(a[i]).isCloseTo(e[i], within((float) tolerance));
    }
  }

  @Test
  void oneRowOfAStridedWeightAndInput() {
    Tensor weight = Tensor.randn(rng, IN, OUT).transpose(0, 1);
    Tensor row = Tensor.randn(rng, IN, 2).transpose(0, 1).narrow(0, 1, 1);
    assertClose(row.linear(weight), row.matmul(weight.transpose(0, 1)), 1e-4);
  }

  @Test
  void oneRowCarriesGradients() {
    Tensor x = Tensor.randn(rng, 1, IN).withGrad();
    Tensor weight = Tensor.randn(rng, OUT, IN).withGrad();
    Tensor bias = Tensor.randn(rng, OUT).withGrad();
    x.linear(weight, bias).sum().backward();
    assertClose(x.grad().orElseThrow(), weight.sum(0).reshape(1, IN), 1e-4);
    assertClose(weight.grad().orElseThrow().select(0, 3), x.select(0, 0), 1e-6);
    assertThat(bias.grad().orElseThrow().toFloats()).containsOnly(1f);
  }

  @Test
  void anInputOfOtherSizeIsRefusedThoughItHasAsManyElements() {
    Tensor weight = Tensor.randn(rng, 4, 6);
    assertThatThrownBy(() -> Tensor.randn(rng, 3, 2).linear(weight))
        .isInstanceOf(ComputeException.class)
        .hasMessageContaining("[3, 2]");
  }
}
