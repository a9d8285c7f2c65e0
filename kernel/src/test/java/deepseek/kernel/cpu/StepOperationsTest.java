package deepseek.kernel.cpu;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A step of all operations except attention and experts against a reference in double: embeddings,
 * norms, products with several weights and biases, added and gated, picked rows; on every
 * instruction set that has code.
 */
class StepOperationsTest {
  private static final double EPS = 1e-6;
  private static final int[] CALLS = {1, 2, 7, 21, 1};
  private static final int TOKENS = 19;

  /** Widths of a token and of its projections. */
  private static final int[][] WIDTHS = {{1, 1}, {15, 33}, {65, 31}, {129, 100}, {640, 17}};

  @ParameterizedTest
  @EnumSource
  void isWhatItsOperationsSay(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    int number = 0;
    for (int[] widths : WIDTHS) {
      for (WeightFormat format : WeightFormat.values()) {
        Gate[] gates = Gate.values();
        Gate gate = gates[number++ % gates.length];
        try (Arena arena = Arena.ofConfined()) {
          new Case(set, kernels, arena, format, gate, widths[0], widths[1]).run(kernels);
        }
      }
      number++; // another gate for each format the next time
    }
  }

  private static final class Case {
    private final Random random;
    private final InstructionSet set;
    private final WeightFormat format;
    private final String name;
    private final Gate gate;
    private final int width;
    private final int hidden;
    private final KnownWeight table;
    private final KnownWeight plain;
    private final KnownWeight gated;
    private final KnownWeight up;
    private final KnownWeight second;
    private final KnownWeight down;
    private final float[] norm;
    private final float[] bias;
    private final float[] upBias;
    private final float[] downBias;

    Case(
        InstructionSet set,
        CpuKernels kernels,
        Arena arena,
        WeightFormat format,
        Gate gate,
        int width,
        int hidden) {
      this.set = set;
      this.format = format;
      this.random = new Random(width);
      this.name = "%s, %s, %d to %d".formatted(format, gate, width, hidden);
      this.gate = gate;
      this.width = width;
      this.hidden = hidden;
      this.table = KnownWeight.random(arena, random, kernels, format, TOKENS, width);
      this.plain = KnownWeight.random(arena, random, kernels, format, hidden, width);
      this.second = KnownWeight.random(arena, random, kernels, WeightFormat.F32, width, width);
      this.gated = KnownWeight.random(arena, random, kernels, format, hidden, width);
      this.up = KnownWeight.random(arena, random, kernels, format, hidden, width);
      this.down = KnownWeight.random(arena, random, kernels, format, width, hidden);
      this.norm = Floats.gaussian(random, width);
      this.bias = Floats.gaussian(random, hidden);
      this.upBias = Floats.gaussian(random, hidden);
      this.downBias = Floats.gaussian(random, width);
    }

    /** {@code x = embed; a, b = products(norm x); x += gated(norm x); x += norm(b); pick}. */
    void run(CpuKernels kernels) {
      StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(21, 2, 2));
      long factors = planner.constants(norm);
      Rows x = planner.embed(table.weight(), 2);
      Rows a = planner.rows(hidden);
      Rows b = planner.rows(width);
      StepPlanner.Operand normed =
          planner.operand(x, factors, EPS, List.of(plain.weight(), second.weight()));
      planner.product(
          normed,
          StepPlanner.Then.STORE,
          gate,
          List.of(
              new StepPlanner.Part(plain.weight(), plain.weight(), planner.constants(bias), 0, a),
              new StepPlanner.Part(second.weight(), second.weight(), 0, 0, b)));
      Rows thought = planner.rows(hidden);
      planner.product(
          planner.operand(x, factors, EPS, List.of(gated.weight())),
          StepPlanner.Then.GATE,
          gate,
          List.of(
              new StepPlanner.Part(
                  gated.weight(),
                  up.weight(),
                  planner.constants(bias),
                  planner.constants(upBias),
                  thought)));
      planner.product(
          planner.operand(thought, 0, 0, List.of(down.weight())),
          StepPlanner.Then.ADD,
          gate,
          List.of(
              new StepPlanner.Part(
                  down.weight(), down.weight(), planner.constants(downBias), 0, x)));
      planner.addNormed(b, factors, EPS, x);
      Rows c = planner.normed(x, factors, EPS);
      Rows last = planner.pick(c);
      try (StepProgram program = planner.build()) {
        for (int count : CALLS) {
          int[] ids = random.ints(count, 0, TOKENS).toArray();
          for (int row = 0; row < count; row++) {
            program.token(row, ids[row]);
          }
          program.run(count, 0, count - 1, 0);
          for (int row = 0; row < count; row++) {
            double[] ofA = new double[hidden];
            double[] want = expected(ids[row], ofA);
            compare("a", count, Floats.read(a, row), ofA);
            compare("x", count, Floats.read(x, row), want);
            Sequences.norm(want, 0, width, EPS, norm);
            if (row == count - 1) {
              compare("picked", count, Floats.read(last, 0), want);
            }
            if (row == 0) {
              compare("picked", count, Floats.read(last, 1), want);
            }
          }
        }
      }
    }

    /** The token's final x; stores the first product in {@code ofA}. */
    private double[] expected(int id, double[] ofA) {
      double[] x = new double[width];
      for (int k = 0; k < width; k++) {
        x[k] = 2 * table.at(id, k);
      }
      double[] normed = x.clone();
      Sequences.norm(normed, 0, width, EPS, norm);
      double[] b = new double[width];
      for (int i = 0; i < width; i++) {
        b[i] = second.dot(i, normed, 0);
      }
      double[] thought = new double[hidden];
      for (int i = 0; i < hidden; i++) {
        ofA[i] = plain.dot(i, normed, 0) + bias[i];
        thought[i] =
            Activations.of(gate, gated.dot(i, normed, 0) + bias[i])
                * (up.dot(i, normed, 0) + upBias[i]);
      }
      Sequences.norm(b, 0, width, EPS, norm);
      for (int i = 0; i < width; i++) {
        x[i] += down.dot(i, thought, 0) + downBias[i] + b[i];
      }
      return x;
    }

    private void compare(String what, int count, float[] got, double[] want) {
      double error = set.error(3e-4, format, count);
      Floats.requireClose(got, 0, want, error, () -> name + ", " + what + " of " + count);
    }
  }
}
