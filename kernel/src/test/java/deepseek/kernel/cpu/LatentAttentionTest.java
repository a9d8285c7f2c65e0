package deepseek.kernel.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Latent attention against attention over keys and values computed from each latent, in double, on
 * every instruction set that has code.
 */
class LatentAttentionTest {
  private static final double EPS = 1e-5;

  /** Sizes as {@link LatentHeads} has them. */
  private record Sizes(int heads, int rank, int plain, int turned, int valueWidth) {}

  private static List<Sizes> sizes() {
    List<Sizes> all = new ArrayList<>();
    for (int rank = 17; rank <= 31; rank++) {
      all.add(new Sizes(2, rank, rank - 15, 2 * (rank % 5 + 1), 48 - rank));
    }
    all.add(new Sizes(3, 1, 1, 2, 1));
    all.add(new Sizes(35, 8, 5, 2, 3));
    all.add(new Sizes(1, 65, 63, 18, 129));
    all.add(new Sizes(1, 127, 65, 34, 64));
    all.add(new Sizes(1, 576, 128, 64, 640));
    return all;
  }

  @ParameterizedTest
  @EnumSource
  void isWhatKeysAndValuesOfLatentsGive(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    int number = 0;
    for (Sizes sizes : sizes()) {
      for (WeightFormat up : List.of(WeightFormat.BF16, WeightFormat.F16, WeightFormat.F32)) {
        CacheFormat cache = CacheFormat.values()[number % CacheFormat.values().length];
        // One, two and three rows per step: few rows take a separate code path.
        int[] late = new int[number % 3 + 1];
        late[0] = new int[] {0, 3, 34}[number / 3 % 3];
        try (Arena arena = Arena.ofConfined()) {
          new Case(arena, kernels, sizes, up, cache, late).run(kernels);
        }
        number++;
      }
    }
  }

  private static final class Case {
    private final Sizes n;
    private final CacheFormat cache;
    private final Sequences sequences;
    private final KnownWeight up;
    private final float[] norm;
    private final float[][][] q;
    private final float[][][] down;
    private final double[][][] kept;
    private final boolean pairs;

    Case(
        Arena arena, CpuKernels kernels, Sizes n, WeightFormat up, CacheFormat cache, int... late) {
      Random random = new Random(n.hashCode());
      this.n = n;
      this.cache = cache;
      this.pairs = late.length == 2;
      this.sequences =
          n.heads * n.valueWidth > 128
              ? new Sequences(n.turned, late, 3, 1, 2)
              : new Sequences(n.turned, late, 35, 1, 2, 30, 1);
      this.up =
          KnownWeight.random(
              arena, random, kernels, up, n.heads * (n.plain + n.valueWidth), n.rank);
      this.norm = Floats.gaussian(random, n.rank);
      int batch = late.length;
      this.q = new float[batch][sequences.tokens()][];
      this.down = new float[batch][sequences.tokens()][];
      this.kept = new double[batch][sequences.tokens()][];
      for (int b = 0; b < batch; b++) {
        for (int t = 0; t < sequences.tokens(); t++) {
          q[b][t] = Floats.gaussian(random, n.heads * (n.plain + n.turned));
          down[b][t] = Floats.gaussian(random, n.rank + n.turned);
          double[] latent = Sequences.doubles(down[b][t]);
          Sequences.norm(latent, 0, n.rank, EPS, norm);
          sequences.turn(latent, n.rank, pairs, b, t);
          kept[b][t] = latent;
        }
      }
    }

    void run(CpuKernels kernels) {
      StepPlanner planner = sequences.planner(kernels);
      MemorySegment cosines = planner.table(n.turned / 2);
      MemorySegment sines = planner.table(n.turned / 2);
      Rows queries = planner.rows((long) n.heads * (n.plain + n.turned));
      Rows latents = planner.rows(n.rank + n.turned);
      LatentHeads heads =
          new LatentHeads(n.heads, n.rank, n.plain, n.turned, n.valueWidth, pairs, scale());
      AttentionPlanner.LatentWeights weights =
          new AttentionPlanner.LatentWeights(up.weight(), planner.constants(norm), EPS);
      Rows y =
          new AttentionPlanner(planner)
              .latent(heads, weights, cache, queries, latents, cosines.address(), sines.address());
      try (StepProgram program = planner.build()) {
        sequences.run(
            program,
            cosines,
            sines,
            (row, sequence, slot) -> {
              Floats.write(queries, row, q[sequence][slot]);
              Floats.write(latents, row, down[sequence][slot]);
            },
            (row, sequence, slot) -> compare(Floats.read(y, row), sequence, slot));
      }
    }

    private double scale() {
      return 0.5 / Math.sqrt(n.plain + n.turned);
    }

    private void compare(float[] got, int sequence, int slot) {
      int first = sequences.late()[sequence];
      for (int head = 0; head < n.heads; head++) {
        int width = n.plain + n.turned;
        double[] query = Sequences.doubles(q[sequence][slot]);
        sequences.turn(query, head * width + n.plain, pairs, sequence, slot);
        int keys = head * (n.plain + n.valueWidth);
        double[] onLatents = new double[n.rank + n.turned];
        for (int i = 0; i < n.plain; i++) {
          for (int r = 0; r < n.rank; r++) {
            onLatents[r] += query[head * width + i] * up.at(keys + i, r);
          }
        }
        System.arraycopy(query, head * width + n.plain, onLatents, n.rank, n.turned);
        double[] scores = new double[slot + 1 - first];
        for (int j = 0; j < scores.length; j++) {
          for (int i = 0; i < onLatents.length; i++) {
            scores[j] += scale() * onLatents[i] * kept[sequence][first + j][i];
          }
        }
        double[] shares = Sequences.softmax(scores);
        double[] seen = new double[n.rank];
        for (int j = 0; j < shares.length; j++) {
          for (int r = 0; r < n.rank; r++) {
            seen[r] += shares[j] * kept[sequence][first + j][r];
          }
        }
        double[] want = new double[n.valueWidth];
        for (int i = 0; i < n.valueWidth; i++) {
          want[i] = up.dot(keys + n.plain + i, seen, 0);
        }
        Floats.requireClose(
            got,
            head * n.valueWidth,
            want,
            tolerance(),
            () -> n + ", " + up.weight().format() + ", " + cache + ", token " + slot);
      }
    }

    /** The error of rounding numbers around 1 to the cache's format, in scores and in values. */
    private double tolerance() {
      double step =
          switch (cache) {
            case F32 -> 1e-5;
            case F16 -> 0x1p-11;
            case BF16, INT8 -> 0x1p-7;
          };
      return 4 * step * Math.sqrt(n.rank);
    }
  }
}
