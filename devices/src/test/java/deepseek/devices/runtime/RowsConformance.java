package deepseek.devices.runtime;

import static deepseek.devices.runtime.OnRuntime.expected;
import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ops.Elementwise;
import deepseek.devices.ops.Rows;
import deepseek.devices.ops.TopK;
import deepseek.devices.runtime.Numbers.Expected;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators on elements and rows. */
interface RowsConformance extends OnRuntime {
  @ParameterizedTest
  @ValueSource(ints = {1, 63, 64, 65, 997, 20_011})
  default void axpy(int n) {
    Random random = new Random(n);
    float[] x = Numbers.gaussian(random, n);
    float[] y = Numbers.gaussian(random, n);
    DeviceBuffer result = given(y);
    runtime().compile(Elementwise.axpy()).launch(given(x), result, Scalar.of(0.7f), Scalar.of(n));
    Numbers.assertClose(
        "axpy",
        result.toFloats(),
        expected(
            n, i -> new Expected(y[i] + (double) 0.7f * x[i], Math.abs(y[i]) + Math.abs(x[i]))));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 67, 256})
  default void siluTimes(int n) {
    Random random = new Random(n);
    float[] gate = Numbers.gaussian(random, n);
    gate[0] = -90f;
    gate[n - 1] = n == 1 ? -90f : 90f;
    float[] up = Numbers.gaussian(random, n);
    DeviceBuffer y = empty(n);
    runtime().compile(Elementwise.siluTimes()).launch(given(gate), given(up), y, Scalar.of(n));
    Numbers.assertClose(
        "silu_times",
        y.toFloats(),
        expected(
            n,
            i -> {
              double value = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
              // At -90 the exponential is subnormal and has lost its last bits.
              return new Expected(value, 4 * Math.abs(value) + 1e-30);
            }));
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "3,5,4", "2,7,33"})
  default void rope(int tokens, int heads, int half) {
    Random random = new Random(half);
    float[] x = Numbers.gaussian(random, tokens * heads * half * 2);
    float[] cosines = Numbers.gaussian(random, tokens * half);
    float[] sines = Numbers.gaussian(random, tokens * half);
    DeviceBuffer result = given(x);
    runtime()
        .compile(Elementwise.rope())
        .launch(
            result,
            given(cosines),
            given(sines),
            Scalar.of(tokens),
            Scalar.of(heads),
            Scalar.of(half));
    Numbers.assertClose(
        "rope",
        result.toFloats(),
        expected(
            x.length,
            i -> {
              int place = i % (2 * half);
              int angle = i / (2 * half * heads) * half + place % half;
              double other = place < half ? -x[i + half] : x[i - half];
              double a = x[i] * (double) cosines[angle];
              double b = other * sines[angle];
              return new Expected(a + b, Math.abs(a) + Math.abs(b));
            }));
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "3,31,32", "2,64,64", "5,257,64", "3,100,1", "2,97,48"})
  default void rows(int rows, int n, int width) {
    Random random = new Random(n);
    float[] x = Numbers.gaussian(random, rows * n);
    float[] weight = Numbers.gaussian(random, n);
    DeviceBuffer input = given(x);
    Scalar[] size = {Scalar.of(rows), Scalar.of(n)};

    DeviceBuffer sums = empty(rows);
    runtime().compile(Rows.sum(width)).launch(input, sums, size[0], size[1]);
    Numbers.assertClose(
        "sum", sums.toFloats(), expected(rows, r -> Numbers.dot(n, i -> x[r * n + i], i -> 1)));

    DeviceBuffer normed = empty(rows * n);
    runtime()
        .compile(Rows.rmsNorm(width))
        .launch(input, given(weight), normed, Scalar.of(1e-5f), size[0], size[1]);
    Numbers.assertClose(
        "rms_norm",
        normed.toFloats(),
        expected(
            rows * n,
            at -> {
              int r = at / n;
              double squares = Numbers.dot(n, i -> x[r * n + i], i -> x[r * n + i]).value();
              return Expected.of(x[at] / Math.sqrt(squares / n + 1e-5f) * weight[at % n]);
            }));

    DeviceBuffer shares = empty(rows * n);
    runtime().compile(Rows.softmax(width)).launch(input, shares, size[0], size[1]);
    Numbers.assertClose(
        "softmax",
        shares.toFloats(),
        expected(
            rows * n,
            at -> {
              int r = at / n;
              double total = 0;
              for (int i = 0; i < n; i++) {
                total += Math.exp(x[r * n + i]);
              }
              double value = Math.exp(x[at]) / total;
              return new Expected(value, 4 * value);
            }));
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "4,300,64", "4,300,1", "3,65,32"})
  default void argmax(int rows, int n, int width) {
    Random random = new Random(n);
    float[] x = Numbers.gaussian(random, rows * n);
    int[] first = new int[rows];
    for (int r = 0; r < rows; r++) {
      first[r] = random.nextInt(n);
      // Duplicated further on: the first one counts.
      x[r * n + first[r]] = 100;
      x[r * n + n - 1] = 100;
    }
    DeviceBuffer y = empty(rows);
    runtime().compile(Rows.argmax(width)).launch(given(x), y, Scalar.of(rows), Scalar.of(n));
    assertThat(y.toInts()).containsExactly(first);
  }

  @ParameterizedTest
  @CsvSource({"1,1,1,1", "4,300,64,64", "4,300,1,20", "3,65,32,5", "2,9,64,9", "2,1000,48,1"})
  default void topK(int rows, int n, int width, int count) {
    Random random = new Random(n);
    float[] x = Numbers.gaussian(random, rows * n);
    for (int r = 1; r < rows; r++) {
      for (int i = 0; i < n; i++) {
        x[r * n + i] = random.nextInt(20) - 10; // with duplicates
      }
    }
    int[] places =
        IntStream.range(0, rows)
            .flatMap(
                r ->
                    IntStream.range(0, n)
                        .boxed()
                        .sorted((a, b) -> Float.compare(x[r * n + b], x[r * n + a]))
                        .limit(count)
                        .mapToInt(Integer::intValue))
            .toArray();
    DeviceBuffer values = empty(rows * count);
    DeviceBuffer found = empty(rows * count);
    runtime()
        .compile(TopK.ofRows(width))
        .launch(given(x), values, found, Scalar.of(count), Scalar.of(rows), Scalar.of(n));
    assertThat(found.toInts()).containsExactly(places);
    float[] largest = values.toFloats();
    for (int at = 0; at < largest.length; at++) {
      assertThat(largest[at]).isEqualTo(x[at / count * n + places[at]]);
    }
  }
}
