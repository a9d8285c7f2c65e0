package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Grouped-query attention over unquantised caches against a reference in double, on every
 * instruction set that has code. For 8-bit caches see {@link CacheFormatTest}.
 */
class GroupedAttentionTest {
  private static final double EPS = 1e-6;
  // Prompts in two calls and single tokens; the last ones are split between threads.
  private static final int[] SHORT = {1, 2, 33, 1, 30, 1};
  private static final int[] LONG = {200, 70, 1, 1};

  /** Head counts and widths, and options of a layer. */
  private record Layer(
      int heads,
      int keyHeads,
      int width,
      boolean norms,
      boolean pairs,
      int window,
      int[] late,
      int... calls) {}

  private static List<Layer> layers() {
    return List.of(
        new Layer(1, 1, 2, false, false, 0, new int[] {0}, SHORT),
        new Layer(3, 1, 6, true, true, 0, new int[] {0, 5}, SHORT),
        new Layer(7, 7, 18, true, false, 5, new int[] {2, 0}, SHORT),
        new Layer(4, 2, 30, false, true, 1, new int[] {0, 1, 0}, SHORT),
        new Layer(66, 2, 34, false, false, 0, new int[] {0}, SHORT),
        new Layer(7, 1, 38, false, false, 0, new int[] {0, 3}, SHORT),
        new Layer(10, 2, 48, true, false, 40, new int[] {0, 9}, LONG),
        new Layer(8, 1, 64, false, true, 0, new int[] {0}, LONG),
        new Layer(2, 1, 62, true, false, 64, new int[] {0}, LONG),
        new Layer(2, 2, 66, false, true, 0, new int[] {7}, LONG),
        new Layer(1, 1, 130, true, false, 0, new int[] {0}, SHORT),
        new Layer(4, 2, 16, true, false, 70, new int[] {0, 34, 130, 129}, LONG),
        new Layer(6, 2, 10, false, true, 0, new int[] {33, 0, 34}, SHORT),
        new Layer(1, 1, 640, false, false, 3, new int[] {0, 0}, 3, 1));
  }

  @ParameterizedTest
  @EnumSource
  void isSoftmaxOfScoresTimesValues(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    for (Layer layer : layers()) {
      for (CacheFormat cache : List.of(CacheFormat.BF16, CacheFormat.F16, CacheFormat.F32)) {
        new Case(layer, cache).run(kernels);
      }
    }
  }

  private static final class Case {
    private final Layer n;
    private final CacheFormat cache;
    private final Sequences sequences;
    private final float[] queryNorm;
    private final float[] keyNorm;
    private final float[][][] q;
    private final float[][][] k;
    private final float[][][] v;
    private final double[][][] turned;

    Case(Layer n, CacheFormat cache) {
      Random random = new Random(n.width);
      this.n = n;
      this.cache = cache;
      this.sequences = new Sequences(n.width, n.late, n.calls);
      this.queryNorm = Floats.gaussian(random, n.width);
      this.keyNorm = Floats.gaussian(random, n.width);
      this.q = rows(random, n.heads);
      this.k = rows(random, n.keyHeads);
      this.v = rows(random, n.keyHeads);
      this.turned = new double[k.length][sequences.tokens()][];
      for (int sequence = 0; sequence < k.length; sequence++) {
        for (int slot = 0; slot < sequences.tokens(); slot++) {
          turned[sequence][slot] = turned(k[sequence][slot], n.keyHeads, keyNorm, sequence, slot);
        }
      }
    }

    private float[][][] rows(Random random, int heads) {
      float[][][] all = new float[n.late.length][sequences.tokens()][];
      for (float[][] sequence : all) {
        for (int slot = 0; slot < sequence.length; slot++) {
          sequence[slot] = Floats.gaussian(random, heads * n.width);
        }
      }
      return all;
    }

    private double[] turned(float[] row, int heads, float[] norm, int sequence, int slot) {
      double[] x = Sequences.doubles(row);
      for (int head = 0; head < heads; head++) {
        if (n.norms) {
          Sequences.norm(x, head * n.width, n.width, EPS, norm);
        }
        sequences.turn(x, head * n.width, n.pairs, sequence, slot);
      }
      return x;
    }

    private double scale() {
      return 0.7 / Math.sqrt(n.width);
    }

    void run(CpuKernels kernels) {
      StepPlanner planner = sequences.planner(kernels);
      MemorySegment cosines = planner.table(n.width / 2);
      MemorySegment sines = planner.table(n.width / 2);
      Rows queries = planner.rows((long) n.heads * n.width);
      Rows keys = planner.rows((long) n.keyHeads * n.width);
      Rows values = planner.rows((long) n.keyHeads * n.width);
      GroupedHeads heads =
          new GroupedHeads(n.heads, n.keyHeads, n.width, n.pairs, scale(), n.window);
      AttentionPlanner.HeadNorms norms =
          new AttentionPlanner.HeadNorms(
              n.norms ? planner.constants(queryNorm) : 0,
              n.norms ? planner.constants(keyNorm) : 0,
              EPS);
      Rows y =
          new AttentionPlanner(planner)
              .grouped(
                  heads, norms, cache, queries, keys, values, cosines.address(), sines.address());
      try (StepProgram program = planner.build()) {
        sequences.run(
            program,
            cosines,
            sines,
            (row, sequence, slot) -> {
              Floats.write(queries, row, q[sequence][slot]);
              Floats.write(keys, row, k[sequence][slot]);
              Floats.write(values, row, v[sequence][slot]);
            },
            (row, sequence, slot) -> compare(Floats.read(y, row), sequence, slot));
      }
    }

    private void compare(float[] got, int sequence, int slot) {
      int first = n.late[sequence];
      if (n.window > 0) {
        first = Math.max(first, slot - n.window + 1);
      }
      double[] query = turned(q[sequence][slot], n.heads, queryNorm, sequence, slot);
      for (int head = 0; head < n.heads; head++) {
        int key = head / (n.heads / n.keyHeads) * n.width;
        double[] scores = new double[slot + 1 - first];
        for (int j = 0; j < scores.length; j++) {
          for (int i = 0; i < n.width; i++) {
            double product = query[head * n.width + i] * turned[sequence][first + j][key + i];
            scores[j] += scale() * product;
          }
        }
        double[] shares = Sequences.softmax(scores);
        double[] want = new double[n.width];
        for (int j = 0; j < shares.length; j++) {
          for (int i = 0; i < n.width; i++) {
            want[i] += shares[j] * v[sequence][first + j][key + i];
          }
        }
        Floats.requireClose(
            got, head * n.width, want, tolerance(), () -> n + ", " + cache + ", token " + slot);
      }
    }

    /** The error of rounding to the cache's format, in scores and in values up to 4. */
    private double tolerance() {
      return switch (cache) {
        case F32 -> 2e-5;
        case F16 -> 16 * 0x1p-11;
        case BF16, INT8 -> 16 * 0x1p-8;
      };
    }
  }
}
