package deepseek.compute;

import static deepseek.compute.Expected.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith({LeakCheck.class, InScope.class})
class RandomOpsTest {
  private final Rng rng = Rng.seeded(11);

  @AfterEach
  void close() {
    rng.close();
  }

  /** {@code torch.empty(4).uniform_(generator=torch.Generator().manual_seed(42))}, then normal_. */
  @Test
  void streamsArePyTorchs() {
    rng.reseed(42);
    assertThat(Tensor.rand(rng, 4).toFloats())
        .containsExactly(0.88226926f, 0.91500396f, 0.38286376f, 0.95930564f);
    assertThat(Tensor.randn(rng, 3).toFloats())
        .containsExactly(new float[] {0.23446237f, 0.23033303f, -1.1228564f}, within(1e-6f));
  }

  @Test
  void reseedingStartsAgainAndOtherSeedsDiffer() {
    float[] first = Tensor.randn(rng, 40).toFloats();
    float[] next = Tensor.randn(rng, 40).toFloats();
    rng.reseed(11);
    assertThat(Tensor.randn(rng, 40).toFloats()).containsExactly(first);
    assertThat(next).isNotEqualTo(first);
    rng.reseed(-12);
    assertThat(Tensor.randn(rng, 40).toFloats()).isNotEqualTo(first);
  }

  @Test
  void streamsDoNotDisturbEachOtherNorTheDefaultOne() {
    Tensor ones = Tensor.ones(64);
    Rng.seedAll(5);
    float[] dropped = ones.dropout(0.5).toFloats();
    float[] drawn = Tensor.rand(rng, 8).toFloats();
    rng.reseed(11);
    Rng.seedAll(5);
    assertThat(Tensor.rand(rng, 8).toFloats()).containsExactly(drawn);
    assertThat(ones.dropout(0.5).toFloats()).containsExactly(dropped);
    assertThat(ones.dropout(0.5).toFloats()).isNotEqualTo(dropped);
    Rng.seedAll(6);
    assertThat(ones.dropout(0.5).toFloats()).isNotEqualTo(dropped);
  }

  @Test
  void aClosedStreamDrawsNoMore() {
    Rng closed = Rng.seeded(1);
    closed.close();
    closed.close();
    Tensor x = Tensor.ones(2);
    for (Supplier<Object> draw :
        List.<Supplier<Object>>of(
            () -> x.uniformInPlace(0, 1, closed),
            () -> x.normalInPlace(0, 1, closed),
            () -> x.multinomial(1, closed),
            () -> Tensor.randn(closed, 2))) {
      assertThatThrownBy(draw::get)
          .isInstanceOf(ComputeException.class)
          .hasMessageContaining("expected an open Rng, got a closed one");
    }
    assertThatThrownBy(() -> closed.reseed(2)).hasMessageStartingWith("reseed: expected an open");
    assertThat(x.toFloats()).containsExactly(1, 1);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT64", "FLOAT32", "FLOAT16", "BFLOAT16"})
  void momentsOfUniformAndNormalNumbers(DType dtype) {
    Tensor x = Tensor.zeros(100, 200).to(dtype).transpose(0, 1);
    double[] uniform = x.uniformInPlace(-1, 3, rng).toDoubles();
    assertThat(Arrays.stream(uniform)).allMatch(v -> v >= -1 && v <= 3);
    assertMoments(uniform, 1, 4 / Math.sqrt(12));
    assertMoments(x.normalInPlace(5, 0.5, rng).toDoubles(), 5, 0.5);
    assertThat(x.normalInPlace(2, 0, rng).toDoubles()).containsOnly(2);
    assertThat(x.uniformInPlace(2, 2, rng).toDoubles()).containsOnly(2);
  }

  /** Within five standard errors of 20000 numbers, and the rounding of 8 bits. */
  private static void assertMoments(double[] values, double mean, double deviation) {
    double measured = Arrays.stream(values).average().orElseThrow();
    double square = Arrays.stream(values).map(v -> (v - measured) * (v - measured)).sum();
    double error = 5 * deviation / Math.sqrt(values.length);
    assertThat(measured).isCloseTo(mean, within(error + mean / 256));
    assertThat(Math.sqrt(square / values.length)).isCloseTo(deviation, within(error));
  }

  @Test
  void drawingNothing() {
    assertThat(Tensor.randn(rng, 0, 3).shape()).containsExactly(0, 3);
    assertThat(Tensor.rand(rng).shape()).isEmpty();
    assertThat(Tensor.zeros(0).dropout(0.5).numel()).isZero();
    assertThat(Tensor.zeros(0, 3).multinomial(2, rng).shape()).containsExactly(0, 2);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9})
  void dropoutKeepsTheExpectation(double p) {
    Rng.seedAll(3);
    Tensor x = Tensor.full(2, DType.FLOAT64, Device.CPU, 100, 200).transpose(0, 1);
    double[] out = x.dropout(p).toDoubles();
    double kept = 2 / (1 - p);
    long zeros = Arrays.stream(out).filter(v -> v == 0).count();
    assertThat(Arrays.stream(out).filter(v -> v != 0)).allMatch(v -> Math.abs(v - kept) < 1e-12);
    assertThat(zeros / 20_000.0).isCloseTo(p, within(5 * Math.sqrt(p * (1 - p) / 20_000)));
    assertThat(x.toDoubles()).containsOnly(2);
  }

  @Test
  void dropoutOfAllOrNothing() {
    Tensor x = vector(1, 2).to(DType.BFLOAT16);
    assertThat(x.dropout(0).toDoubles()).containsExactly(1, 2);
    assertThat(x.dropout(1).toDoubles()).containsExactly(0, 0);
    assertThat(x.dropout(0.5).dtype()).isEqualTo(DType.BFLOAT16);
  }

  @Test
  void dropoutsGradientPassesWhereTheValueDid() {
    Tensor x = Tensor.ones(50).withGrad();
    Tensor out = x.dropout(0.4);
    out.sum().backward();
    assertThat(x.grad().orElseThrow().toFloats()).containsExactly(out.toFloats());
  }

  @Test
  void multinomialFollowsTheWeights() {
    Tensor weights = vector(1, 0, 3, 6).expand(20_000, 4);
    long[] drawn = weights.multinomial(1, rng).toLongs();
    long[] counts = new long[4];
    for (long place : drawn) {
      counts[(int) place]++;
    }
    double[] shares = {0.1, 0, 0.3, 0.6};
    for (int i = 0; i < 4; i++) {
      double error = 5 * Math.sqrt(shares[i] * (1 - shares[i]) / 20_000);
      assertThat(counts[i] / 20_000.0).isCloseTo(shares[i], within(error));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT64", "FLOAT32", "FLOAT16", "BFLOAT16"})
  void multinomialDoesNotRepeat(DType dtype) {
    Tensor weights = Tensor.rand(rng, 7, 200).add(0.1).to(dtype).transpose(0, 1);
    Tensor drawn = weights.multinomial(7, rng);
    assertThat(drawn.shape()).containsExactly(200, 7);
    assertThat(
            drawn
                .sortAscending(1)
                .values()
                .sub(Tensor.arange(0, 7, Device.CPU))
                .ne(0)
                .any()
                .itemLong())
        .isZero();
    long[] some = vector(0, 5, 0, 1e-3, 2).to(dtype).multinomial(3, rng).toLongs();
    assertThat(LongStream.of(some).sorted().toArray()).containsExactly(1, 3, 4);
    rng.reseed(9);
    long[] once = weights.multinomial(3, rng).toLongs();
    rng.reseed(9);
    assertThat(weights.multinomial(3, rng).toLongs()).containsExactly(once);
  }
}
