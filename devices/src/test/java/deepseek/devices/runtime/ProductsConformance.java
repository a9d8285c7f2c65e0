package deepseek.devices.runtime;

import static deepseek.devices.runtime.OnRuntime.expected;

import deepseek.devices.ops.DecodeAttention;
import deepseek.devices.ops.Gemm;
import deepseek.devices.ops.Neurons;
import deepseek.devices.ops.QuantisedGemm;
import deepseek.devices.ops.QuantisedGemv;
import deepseek.devices.ops.QuantisedLayout;
import deepseek.devices.runtime.Numbers.Expected;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Dense, quantised and sparse products, and attention. */
interface ProductsConformance extends OnRuntime {
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
}
