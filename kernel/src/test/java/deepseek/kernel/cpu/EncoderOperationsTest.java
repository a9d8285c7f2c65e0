package deepseek.kernel.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An encoder's layer against a reference in double: sums of embeddings, layer norms, attention over
 * whole texts of several lengths, activated products; on every instruction set that has code.
 */
class EncoderOperationsTest {
  private static final double EPS = 1e-5;
  private static final int TOKENS = 19;
  private static final int MOST = 260;

  /** Lengths of the texts of a run. */
  private static final int[][] RUNS = {{1}, {2, 1}, {7}, {33, 1, 64, 5}, {65, 130, 1, 17}};

  /** Heads, their width, and the width of what is activated. */
  private static final int[][] SIZES = {{1, 1, 5}, {3, 5, 33}, {2, 32, 100}, {1, 72, 17}};

  @ParameterizedTest
  @EnumSource
  void isWhatItsOperationsSay(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    int number = 0;
    for (int[] sizes : SIZES) {
      for (WeightFormat format : WeightFormat.values()) {
        Gate gate = Gate.values()[number++ % Gate.values().length];
        try (Arena arena = Arena.ofConfined()) {
          new Case(set, kernels, arena, format, gate, sizes).run(kernels);
        }
      }
      number++; // another gate for each format the next time
    }
  }

  private static final class Case {
    private final Random random;
    private final InstructionSet set;
    private final WeightFormat format;
    private final Gate gate;
    private final int heads;
    private final int headWidth;
    private final int width;
    private final KnownWeight words;
    private final KnownWeight places;
    private final KnownWeight query;
    private final KnownWeight key;
    private final KnownWeight value;
    private final KnownWeight up;
    private final KnownWeight down;
    private final float[] norm;
    private final float[] normBias;
    private final float[] upBias;
    private final float[] downBias;

    Case(
        InstructionSet set,
        CpuKernels kernels,
        Arena arena,
        WeightFormat format,
        Gate gate,
        int... sizes) {
      this.set = set;
      this.format = format;
      this.gate = gate;
      this.heads = sizes[0];
      this.headWidth = sizes[1];
      this.width = heads * headWidth;
      this.random = new Random(width);
      this.words = KnownWeight.random(arena, random, kernels, format, TOKENS, width);
      this.places = KnownWeight.random(arena, random, kernels, format, MOST, width);
      this.query = KnownWeight.random(arena, random, kernels, WeightFormat.F32, width, width);
      this.key = KnownWeight.random(arena, random, kernels, WeightFormat.F32, width, width);
      this.value = KnownWeight.random(arena, random, kernels, WeightFormat.F32, width, width);
      this.up = KnownWeight.random(arena, random, kernels, format, sizes[2], width);
      this.down = KnownWeight.random(arena, random, kernels, format, width, sizes[2]);
      this.norm = Floats.gaussian(random, width);
      this.normBias = Floats.gaussian(random, width);
      this.upBias = Floats.gaussian(random, sizes[2]);
      this.downBias = Floats.gaussian(random, width);
    }

    /** {@code x = norm(words + places); y = attention(x); z = act(up x); x += down z; norm(x)}. */
    void run(CpuKernels kernels) {
      StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(MOST, 1, 2));
      MemorySegment ids = planner.numbers();
      MemorySegment at = planner.numbers();
      long factors = planner.constants(norm);
      long added = planner.constants(normBias);
      Rows x = planner.rows(width);
      planner.sumEmbedded(words.weight(), ids.address(), x, StepPlanner.Summand.FIRST);
      planner.sumEmbedded(places.weight(), at.address(), x, StepPlanner.Summand.NEXT);
      planner.layerNorm(x, factors, added, EPS);
      Rows q = product(planner, x, query, 0, StepPlanner.Then.STORE, planner.rows(width));
      Rows k = product(planner, x, key, 0, StepPlanner.Then.STORE, planner.rows(width));
      Rows v = product(planner, x, value, 0, StepPlanner.Then.STORE, planner.rows(width));
      Rows y =
          new AttentionPlanner(planner)
              .whole(new GroupedHeads(heads, heads, headWidth, false, scale(), 0), q, k, v);
      Rows z =
          product(
              planner,
              x,
              up,
              planner.constants(upBias),
              StepPlanner.Then.ACTIVATE,
              planner.rows(up.weight().out()));
      product(planner, z, down, planner.constants(downBias), StepPlanner.Then.ADD, x);
      planner.layerNorm(x, factors, added, EPS);
      try (StepProgram program = planner.build()) {
        for (int[] lengths : RUNS) {
          run(program, ids, at, x, y, lengths);
        }
      }
    }

    private Rows product(
        StepPlanner planner, Rows x, KnownWeight w, long bias, StepPlanner.Then then, Rows y) {
      planner.product(
          planner.operand(x, 0, 0, List.of(w.weight())),
          then,
          gate,
          List.of(new StepPlanner.Part(w.weight(), w.weight(), bias, 0, y)));
      return y;
    }

    private double scale() {
      return 0.3 / Math.sqrt(headWidth);
    }

    private void run(
        StepProgram program, MemorySegment ids, MemorySegment at, Rows x, Rows y, int... lengths) {
      List<double[]> normed = new ArrayList<>();
      int rows = 0;
      for (int text = 0; text < lengths.length; text++) {
        program.span(text, rows, lengths[text], 0);
        for (int i = 0; i < lengths[text]; i++) {
          int id = random.nextInt(TOKENS);
          ids.setAtIndex(ValueLayout.JAVA_LONG, rows, id);
          at.setAtIndex(ValueLayout.JAVA_LONG, rows++, i);
          normed.add(embedded(id, i));
        }
      }
      program.run(rows, lengths.length);
      int first = 0;
      for (int length : lengths) {
        List<double[]> text = normed.subList(first, first + length);
        List<double[]> queries = projected(query, text);
        List<double[]> keys = projected(key, text);
        List<double[]> values = projected(value, text);
        for (int i = 0; i < length; i++) {
          compare(
              "attention",
              rows,
              3e-4,
              Floats.read(y, first + i),
              attended(queries.get(i), keys, values));
          compare("x", rows, 1e-3, Floats.read(x, first + i), result(text.get(i)));
        }
        first += length;
      }
    }

    private double[] embedded(int id, int place) {
      double[] x = new double[width];
      for (int k = 0; k < width; k++) {
        x[k] = words.at(id, k) + places.at(place, k);
      }
      return layerNorm(x);
    }

    private double[] layerNorm(double[] x) {
      double mean = 0;
      double squares = 0;
      for (double value : x) {
        mean += value / width;
      }
      for (double value : x) {
        squares += (value - mean) * (value - mean) / width;
      }
      double[] y = new double[width];
      for (int k = 0; k < width; k++) {
        y[k] = (x[k] - mean) / Math.sqrt(squares + EPS) * norm[k] + normBias[k];
      }
      return y;
    }

    private static List<double[]> projected(KnownWeight w, List<double[]> text) {
      return text.stream()
          .map(x -> IntStream.range(0, x.length).mapToDouble(i -> w.dot(i, x, 0)).toArray())
          .toList();
    }

    private double[] attended(double[] q, List<double[]> keys, List<double[]> values) {
      double[] y = new double[width];
      for (int head = 0; head < heads; head++) {
        double[] scores = new double[keys.size()];
        for (int n = 0; n < scores.length; n++) {
          for (int i = head * headWidth; i < (head + 1) * headWidth; i++) {
            scores[n] += scale() * q[i] * keys.get(n)[i];
          }
        }
        double[] shares = Sequences.softmax(scores);
        for (int n = 0; n < shares.length; n++) {
          for (int i = head * headWidth; i < (head + 1) * headWidth; i++) {
            y[i] += shares[n] * values.get(n)[i];
          }
        }
      }
      return y;
    }

    private double[] result(double[] x) {
      double[] z = new double[(int) up.weight().out()];
      for (int i = 0; i < z.length; i++) {
        z[i] = Activations.of(gate, up.dot(i, x, 0) + upBias[i]);
      }
      double[] sum = x.clone();
      for (int i = 0; i < width; i++) {
        sum[i] += down.dot(i, z, 0) + downBias[i];
      }
      return layerNorm(sum);
    }

    private void compare(String what, int rows, double usual, float[] got, double[] want) {
      Floats.requireClose(
          got,
          0,
          want,
          set.error(usual, format, rows),
          () ->
              "%s, %s, %s, %d heads of %d, %s of %d rows"
                  .formatted(set, format, gate, heads, headWidth, what, rows));
    }
  }
}
