package deepseek.compute;

import static deepseek.compute.Expected.places;
import static deepseek.compute.Expected.random;
import static deepseek.compute.Expected.vector;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith({LeakCheck.class, InScope.class})
class ShapeOpsTest {
  private static Tensor counting(long... shape) {
    long count = LongStream.of(shape).reduce(1, (a, b) -> a * b);
    return Tensor.arange(0, count, Device.CPU).reshape(shape);
  }

  @Test
  void permuteReordersDimsWithoutCopying() {
    Tensor x = counting(2, 3, 4);
    Tensor y = x.permute(-1, 0, 1);
    assertThat(y.shape()).containsExactly(4, 2, 3);
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 2; j++) {
        for (int k = 0; k < 3; k++) {
          assertThat(y.select(0, i).select(0, j).select(0, k).itemLong())
              .isEqualTo(j * 12 + k * 4 + i);
        }
      }
    }
    assertThat(y.isContiguous()).isFalse();
    assertThat(y.sharesMemoryWith(x)).isTrue();
    assertThat(y.permute(1, 2, 0).toLongs()).containsExactly(x.toLongs());
    assertThat(counting(2, 0, 1).permute(1, 2, 0).shape()).containsExactly(0, 1, 2);
    assertThat(Tensor.scalar(3).permute().item()).isEqualTo(3);
  }

  /** Bounds as Python's slices have them. */
  @ParameterizedTest
  @CsvSource({
    "0, 6, 1",
    "1, 5, 2",
    "-4, 100, 2",
    "-100, -1, 3",
    "4, 2, 1",
    "6, 9, 1",
    "0, 0, 1",
    "5, 6, 7",
    "-9223372036854775808, 9223372036854775807, 4"
  })
  void slicesTakeEveryStep(long start, long end, long step) {
    long from = Math.clamp(start < 0 ? start + 6 : start, 0, 6);
    long to = Math.clamp(end < 0 ? end + 6 : end, 0, 6);
    long[] expected =
        LongStream.range(0, 6).filter(i -> i >= from && i < to && (i - from) % step == 0).toArray();
    assertThat(counting(6).slice(0, start, end, step).toLongs()).containsExactly(expected);
    Tensor columns = counting(2, 6).slice(-1, start, end, step);
    assertThat(columns.shape()).containsExactly(2, expected.length);
    assertThat(columns.select(0, 1).toLongs())
        .containsExactly(LongStream.of(expected).map(i -> i + 6).toArray());
  }

  @Test
  void slicesAreViews() {
    Tensor x = counting(6);
    x.slice(0, 1, 6, 2).fill(-1);
    assertThat(x.toLongs()).containsExactly(0, -1, 2, -1, 4, -1);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "BFLOAT16", "INT64", "BOOL"})
  void trianglesOfMatrices(DType dtype) {
    for (long diagonal = -4; diagonal <= 4; diagonal++) {
      long below = diagonal;
      Tensor ones = Tensor.ones(2, 3, 4).to(dtype);
      long[] lower = LongStream.range(0, 24).map(i -> i % 4 - i / 4 % 3 <= below ? 1 : 0).toArray();
      long[] upper = LongStream.range(0, 24).map(i -> i % 4 - i / 4 % 3 >= below ? 1 : 0).toArray();
      assertThat(ones.tril(diagonal).toLongs()).containsExactly(lower);
      assertThat(ones.triu(diagonal).toLongs()).containsExactly(upper);
      assertThat(ones.tril(diagonal).dtype()).isEqualTo(dtype);
    }
  }

  @Test
  void trianglesOfAwkwardMatrices() {
    Tensor x = counting(2, 3).transpose(0, 1);
    assertThat(x.tril(0).toLongs()).containsExactly(0, 0, 1, 4, 2, 5);
    assertThat(x.toLongs()).containsExactly(0, 3, 1, 4, 2, 5);
    assertThat(Tensor.zeros(0, 3).tril(0).shape()).containsExactly(0, 3);
    assertThat(Tensor.ones(1, 1).tril(Long.MIN_VALUE).item()).isZero();
    assertThat(Tensor.ones(1, 1).tril(Long.MAX_VALUE).item()).isOne();
    assertThat(vector(Double.NaN, Double.NaN).reshape(1, 2).tril(0).toDoubles())
        .containsExactly(Double.NaN, 0);
  }

  @Test
  void aliasesShareMemoryAndCopiesDoNot() {
    Tensor x = vector(1, 2, 3);
    Tensor alias = x.alias();
    Tensor copy = x.copy();
    assertThat(x.sharesMemoryWith(alias)).isTrue();
    assertThat(x.sharesMemoryWith(x.narrow(0, 2, 1))).isTrue();
    assertThat(x.narrow(0, 0, 1).sharesMemoryWith(x.narrow(0, 2, 1))).isTrue();
    assertThat(x.sharesMemoryWith(copy)).isFalse();
    x.fill(7);
    assertThat(alias.toDoubles()).containsExactly(7, 7, 7);
    assertThat(copy.toDoubles()).containsExactly(1, 2, 3);
    x.close();
    assertThat(alias.toDoubles()).containsExactly(7, 7, 7);
  }

  @Test
  void anAliasBelongsToTheInnermostScope() {
    Tensor x = vector(1, 2);
    Tensor inner;
    try (Scope scope = Scope.open()) {
      inner = x.alias();
    }
    assertThat(inner.isClosed()).isTrue();
    assertThat(x.toDoubles()).containsExactly(1, 2);
  }

  @Test
  void copyFromConvertsAndBroadcasts() {
    Tensor x = Tensor.zeros(2, 3).to(DType.BFLOAT16);
    assertThat(x.transpose(0, 1).copyFrom(places(1, 2)).shape()).containsExactly(3, 2);
    assertThat(x.toDoubles()).containsExactly(1, 1, 1, 2, 2, 2);
    assertThat(places(0).copyFrom(vector(2.9)).toLongs()).containsExactly(2);
  }

  @Test
  void sizesOfOne() {
    Tensor x = counting(1, 3, 1);
    assertThat(x.squeeze(-1).shape()).containsExactly(1, 3);
    assertThat(x.squeeze(1).shape()).containsExactly(1, 3, 1);
    assertThat(x.unsqueeze(-1).shape()).containsExactly(1, 3, 1, 1);
    assertThat(x.expand(2, -1, 2).toLongs()).containsExactly(0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2);
    assertThat(x.repeat(2, 1, 1, 2).shape()).containsExactly(2, 1, 3, 2);
    assertThat(counting(2, 2).flip(0, -1).toLongs()).containsExactly(3, 2, 1, 0);
  }

  @Test
  void growsAlongDimsCountedFromTheEnd() {
    Tensor grown = counting(2, 2).grown(-1, 3);
    assertThat(grown.shape()).containsExactly(2, 3);
    assertThat(grown.narrow(1, 0, 2).toLongs()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void valuesInAndOut() {
    double third = 1 / 3.0;
    assertThat(vector(third, -0.0, Double.NaN).toDoubles())
        .containsExactly(third, -0.0, Double.NaN);
    assertThat(vector(third).to(DType.FLOAT32).toDoubles()).containsExactly((float) third);
    assertThat(random(1, 2, 3).transpose(0, 1).toDoubles()).hasSize(6);
    assertThat(places(1L << 40, -3).toDoubles()).containsExactly(1L << 40, -3);
    byte[] bytes = {1, -1, 0, 127};
    MemorySegment segment = MemorySegment.ofArray(bytes);
    assertThat(Tensor.copyOf(segment, DType.INT8).toLongs()).containsExactly(1, -1, 0, 127);
    assertThat(Tensor.copyOf(segment, DType.INT16, 2, 1).shape()).containsExactly(2, 1);
    assertThat(Tensor.copyOf(segment, DType.UINT8, 4).toBytes()).containsExactly(bytes);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void tensorsWithoutElementsWorkInEveryType(DType dtype) {
    for (long[] shape : new long[][] {{0}, {0, 3}, {2, 0}}) {
      Tensor none = Tensor.copyOf(MemorySegment.ofArray(new byte[0]), dtype, shape);
      assertThat(none.shape()).containsExactly(shape);
      assertThat(none.toFloats()).isEmpty();
      assertThat(none.toDoubles()).isEmpty();
      assertThat(none.toBytes()).isEmpty();
      assertThat(none.alias().copy().contiguous().to(DType.FLOAT32).numel()).isZero();
      assertThat(none).hasToString(none.describe() + " []");
    }
    assertThat(Tensor.of(new float[0]).shape()).containsExactly(0);
    assertThat(Tensor.of(new boolean[0], 3, 0).reshape(0, 7).shape()).containsExactly(0, 7);
  }
}
