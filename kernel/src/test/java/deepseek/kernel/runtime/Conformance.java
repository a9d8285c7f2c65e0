package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.kernel.KernelException;
import deepseek.kernel.ops.DecodeAttention;
import deepseek.kernel.ops.Elementwise;
import deepseek.kernel.ops.Gemm;
import deepseek.kernel.ops.Neurons;
import deepseek.kernel.ops.QuantisedGemm;
import deepseek.kernel.ops.QuantisedGemv;
import deepseek.kernel.ops.QuantisedLayout;
import deepseek.kernel.ops.Rows;
import deepseek.kernel.ops.TopK;
import deepseek.kernel.runtime.Numbers.Expected;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every runtime has to do: each operator, on random numbers of shapes easy and awkward, as
 * double precision in plain Java has it.
 */
interface Conformance {
  /** The runtime under test, one for the whole class. */
  DeviceRuntime runtime();

  /** Buffers to close after each test. */
  List<DeviceBuffer> OPEN = new ArrayList<>();

  @AfterEach
  default void closeBuffers() {
    OPEN.forEach(DeviceBuffer::close);
    OPEN.clear();
  }

  private DeviceBuffer empty(int words) {
    DeviceBuffer buffer = runtime().allocate(words);
    OPEN.add(buffer);
    return buffer;
  }

  private DeviceBuffer given(float[] values) {
    DeviceBuffer buffer = empty(values.length);
    buffer.write(values);
    return buffer;
  }

  private DeviceBuffer given(int[] words) {
    DeviceBuffer buffer = empty(words.length);
    buffer.write(words);
    return buffer;
  }

  private static Expected[] expected(int count, IntFunction<Expected> at) {
    return IntStream.range(0, count).mapToObj(at).toArray(Expected[]::new);
  }

  @Test
  default void itNamesItsDevice() {
    assertThat(runtime().device()).isNotBlank();
    assertThat(runtime().groupWidth()).isBetween(1, 256);
  }

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
              // At -90 the exponential has lost its last bits: what is left is next to nothing.
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
      // The same again further on: the first counts.
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
        x[r * n + i] = random.nextInt(20) - 10; // equals
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

  @ParameterizedTest
  @CsvSource({"1,1,1", "7,5,3", "64,64,16", "65,67,33", "17,130,70"})
  default void gemm(int m, int n, int depth) {
    Random random = new Random(m);
    float[] a = Numbers.gaussian(random, m * depth);
    float[] b = Numbers.gaussian(random, depth * n);
    DeviceBuffer c = empty(m * n);
    runtime()
        .compile(Gemm.tiled())
        .launch(given(a), given(b), c, Scalar.of(m), Scalar.of(n), Scalar.of(depth));
    Numbers.assertClose(
        "gemm",
        c.toFloats(),
        expected(
            m * n, at -> Numbers.dot(depth, i -> a[at / n * depth + i], i -> b[i * n + at % n])));
  }

  @ParameterizedTest
  @EnumSource(QuantisedLayout.class)
  default void quantisedProducts(QuantisedLayout layout) {
    for (int[] shape :
        new int[][] {{1, 64, 1}, {16, 64, 4}, {33, 192, 5}, {50, 640, 9}, {5, 128, 17}}) {
      for (int width : new int[] {1, 16, 64}) {
        quantised(layout, shape[0], shape[1], shape[2], width);
      }
    }
  }

  private void quantised(QuantisedLayout layout, int rows, int columns, int m, int width) {
    Random random = new Random(rows);
    Quantised weight = Quantised.random(layout, rows, columns, random);
    float[] x = Numbers.gaussian(random, m * columns);
    DeviceBuffer words = given(weight.words());
    DeviceBuffer input = given(x);
    boolean isInt4 = layout == QuantisedLayout.INT4;
    String what = layout + " " + rows + "x" + columns + " width " + width;

    DeviceBuffer one = empty(rows);
    runtime()
        .compile(isInt4 ? QuantisedGemv.int4(width) : QuantisedGemv.int8(width))
        .launch(words, input, one, Scalar.of(rows), Scalar.of(columns));
    Numbers.assertClose(
        what,
        one.toFloats(),
        expected(rows, r -> Numbers.dot(columns, i -> weight.at(r, i), i -> x[i])));

    DeviceBuffer many = empty(m * rows);
    runtime()
        .compile(isInt4 ? QuantisedGemm.int4(width) : QuantisedGemm.int8(width))
        .launch(words, input, many, Scalar.of(m), Scalar.of(rows), Scalar.of(columns));
    Numbers.assertClose(
        what + " times " + m,
        many.toFloats(),
        expected(
            m * rows,
            at ->
                Numbers.dot(
                    columns, i -> weight.at(at % rows, i), i -> x[at / rows * columns + i])));
  }

  @ParameterizedTest
  @EnumSource(QuantisedLayout.class)
  default void sparseProducts(QuantisedLayout layout) {
    for (int[] shape : new int[][] {{1, 64}, {16, 64}, {33, 192}, {50, 640}}) {
      for (int width : new int[] {1, 16, 64}) {
        for (double density : new double[] {0, 0.4, 1}) {
          maskedProduct(layout, shape[0], shape[1], width, density);
          blockSparseProduct(layout, shape[0], shape[1], width, density);
        }
      }
    }
  }

  private static int[] mask(Random random, int count, double density) {
    return random.doubles(count).mapToInt(at -> at < density ? 1 : 0).toArray();
  }

  private void maskedProduct(
      QuantisedLayout layout, int rows, int columns, int width, double density) {
    Random random = new Random(rows);
    Quantised weight = Quantised.random(layout, rows, columns, random);
    float[] x = Numbers.gaussian(random, columns);
    int[] active = mask(random, Math.ceilDiv(rows, QuantisedLayout.ROWS), density);
    DeviceBuffer y = empty(rows);
    runtime()
        .compile(QuantisedGemv.masked(layout, width))
        .launch(
            given(weight.words()), given(x), given(active), y, Scalar.of(rows), Scalar.of(columns));
    Numbers.assertClose(
        layout + " masked " + rows + "x" + columns + " width " + width,
        y.toFloats(),
        expected(
            rows,
            r ->
                Numbers.dot(
                    columns * active[r / QuantisedLayout.ROWS], i -> weight.at(r, i), i -> x[i])));
  }

  private void blockSparseProduct(
      QuantisedLayout layout, int rows, int columns, int width, double density) {
    Random random = new Random(columns);
    Quantised weight = Quantised.random(layout, rows, columns, random);
    float[] x = Numbers.gaussian(random, columns);
    int high = Math.ceilDiv(rows, QuantisedLayout.ROWS);
    int across = columns / QuantisedLayout.COLUMNS;
    int[] kept = mask(random, high * across, density);
    int size = layout.blockWords();
    int count = IntStream.of(kept).sum();
    int[] words = new int[Math.max(1, count) * size];
    int[] starts = new int[high + 1];
    int[] places = new int[Math.max(1, count)];
    int at = 0;
    for (int b = 0; b < kept.length; b++) {
      if (kept[b] != 0) {
        System.arraycopy(weight.words(), b * size, words, at * size, size);
        places[at++] = b % across;
      }
      starts[b / across + 1] = at;
    }
    DeviceBuffer y = empty(rows);
    runtime()
        .compile(QuantisedGemv.blockSparse(layout, width))
        .launch(given(words), given(x), given(starts), given(places), y, Scalar.of(rows));
    Numbers.assertClose(
        layout + " sparse " + rows + "x" + columns + " width " + width,
        y.toFloats(),
        expected(
            rows,
            r ->
                Numbers.dot(
                    columns,
                    i ->
                        kept[r / QuantisedLayout.ROWS * across + i / QuantisedLayout.COLUMNS]
                            * weight.at(r, i),
                    i -> x[i])));
  }

  @ParameterizedTest
  @CsvSource({"1,1,1,1", "37,65,64,0.3", "100,96,32,0", "5,300,1,0.5"})
  default void neurons(int neurons, int size, int width, double density) {
    Random random = new Random(neurons);
    float[] w = Numbers.gaussian(random, neurons * size);
    float[] x = Numbers.gaussian(random, size);
    int[] active = mask(random, neurons, density);
    DeviceBuffer weight = given(w);
    DeviceBuffer dots = empty(neurons);
    Scalar[] shape = {Scalar.of(neurons), Scalar.of(size)};
    runtime()
        .compile(Neurons.dots(width))
        .launch(weight, given(x), given(active), dots, shape[0], shape[1]);
    float[] h = dots.toFloats();
    Numbers.assertClose(
        "neuron_dots",
        h,
        expected(neurons, n -> Numbers.dot(size * active[n], i -> w[n * size + i], i -> x[i])));

    DeviceBuffer y = empty(size);
    runtime().compile(Neurons.sums()).launch(weight, dots, y, shape[0], shape[1]);
    Numbers.assertClose(
        "neuron_sums",
        y.toFloats(),
        expected(size, i -> Numbers.dot(neurons, n -> h[n], n -> w[n * size + i])));
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1,64,64",
    "2,3,64,64,64",
    "2,2,65,64,32",
    "3,1,130,64,1",
    "1,4,77,80,64",
    "1,2,10,96,32"
  })
  default void decodeAttention(int keyHeads, int perKeyHead, int tokens, int size, int width) {
    Random random = new Random(tokens);
    int heads = keyHeads * perKeyHead;
    float[] q = Numbers.gaussian(random, heads * size);
    float[] keys = Numbers.gaussian(random, tokens * keyHeads * size);
    float[] values = Numbers.gaussian(random, tokens * keyHeads * size);
    float scale = (float) (1 / Math.sqrt(size));
    DeviceBuffer y = empty(heads * size);
    runtime()
        .compile(DecodeAttention.ofHeads(size, width))
        .launch(
            given(q),
            given(keys),
            given(values),
            y,
            Scalar.of(keyHeads),
            Scalar.of(perKeyHead),
            Scalar.of(tokens),
            Scalar.of(scale));
    Numbers.assertClose(
        "decode_attention",
        y.toFloats(),
        expected(
            heads * size,
            at -> {
              int head = at / size;
              int key = head / perKeyHead;
              double total = 0;
              double sum = 0;
              double sizes = 0;
              for (int t = 0; t < tokens; t++) {
                int row = (t * keyHeads + key) * size;
                double score =
                    Numbers.dot(size, i -> q[head * size + i], i -> keys[row + i]).value();
                double weight = Math.exp(score * scale);
                total += weight;
                sum += weight * values[row + at % size];
                sizes += weight * Math.abs(values[row + at % size]);
              }
              return new Expected(sum / total, 4 * sizes / total);
            }));
  }

  @Test
  default void integersAndBits() {
    Semantics.checkIntegers(runtime());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  default void anyExpression(long seed) {
    RandomExpressions.check(runtime(), seed);
  }

  @Test
  default void floatingPoint() {
    Semantics.checkFloats(runtime());
  }

  @Test
  default void whatIsNotChosenIsNotLoaded() {
    int[] words = new Random(1).ints(100).toArray();
    DeviceBuffer y = empty(words.length);
    runtime().compile(Semantics.guarded()).launch(given(words), y, Scalar.of(words.length));
    assertThat(y.toInts()).containsExactly(words);
  }

  @Test
  default void nothingToDoIsDone() {
    DeviceBuffer x = given(new float[] {1});
    DeviceBuffer y = given(new float[] {2});
    runtime().compile(Elementwise.axpy()).launch(x, y, Scalar.of(1f), Scalar.of(0));
    assertThat(y.toFloats()).containsExactly(2f);
  }

  @Test
  default void launchesFollowEachOther() {
    int n = 1000;
    DeviceBuffer x = given(new float[n]);
    DeviceBuffer y = empty(n);
    float[] ones = new float[n];
    java.util.Arrays.fill(ones, 1f);
    y.write(ones);
    CompiledKernel axpy = runtime().compile(Elementwise.axpy());
    for (int i = 0; i < 5; i++) {
      axpy.launch(y, x, Scalar.of(1f), Scalar.of(n));
      axpy.launch(x, y, Scalar.of(1f), Scalar.of(n));
    }
    // Fibonacci: (x, y) becomes (x + y, x + 2y), five times from (0, 1).
    assertThat(x.toFloats()).containsOnly(55f);
    assertThat(y.toFloats()).containsOnly(89f);
  }

  @Test
  default void wrongArgumentsAreRefused() {
    CompiledKernel axpy = runtime().compile(Elementwise.axpy());
    DeviceBuffer x = given(new float[4]);
    DeviceBuffer y = given(new float[4]);
    refused(() -> axpy.launch(x, y, Scalar.of(1f)), "4 arguments", "3");
    refused(() -> axpy.launch(x, Scalar.of(1), Scalar.of(1f), Scalar.of(4)), "a buffer for y");
    refused(() -> axpy.launch(x, y, Scalar.of(1), Scalar.of(4)), "F32 for a");
    refused(() -> axpy.launch(x, y, Scalar.of(1f), Scalar.of(-4)), "0 or more", "-4");
    refused(() -> axpy.launch(y, y, Scalar.of(1f), Scalar.of(4)), "of its own for y");
    refused(() -> x.write(new float[5]), "4 words", "20 bytes");
    refused(() -> runtime().allocate(0), "1 to 2^31");
    DeviceBuffer closed = runtime().allocate(4);
    closed.close();
    closed.close();
    refused(() -> axpy.launch(closed, y, Scalar.of(1f), Scalar.of(4)), "closed");
    refused(closed::toFloats, "closed");
  }

  private static void refused(Runnable call, String... words) {
    assertThatThrownBy(call::run)
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll(words)
        .message()
        .hasLineCount(1);
  }
}
