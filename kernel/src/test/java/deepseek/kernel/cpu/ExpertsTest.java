package deepseek.kernel.cpu;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Mixtures of experts against a reference in double, token by token, on every instruction set that
 * has code.
 */
class ExpertsTest {
  private static final int[] CALLS = {1, 3, 40};

  /**
   * The shape of a mixture.
   *
   * @param width of a token
   * @param hidden width of an expert
   * @param isShared whether there is a gated shared expert
   */
  private record Mixture(
      int width,
      int hidden,
      int experts,
      int chosen,
      int groups,
      int kept,
      boolean sigmoid,
      boolean shares,
      boolean isCorrected,
      boolean isShared) {}

  private static final List<Mixture> MIXTURES =
      List.of(
          new Mixture(1, 1, 1, 1, 1, 1, false, false, false, false),
          new Mixture(33, 17, 5, 2, 1, 1, false, true, false, true),
          new Mixture(65, 31, 12, 3, 4, 2, true, true, true, true),
          new Mixture(70, 97, 17, 7, 1, 1, true, false, false, false));

  @ParameterizedTest
  @EnumSource
  void areWhatTheirTokensAreSentTo(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    for (Mixture mixture : MIXTURES) {
      for (WeightFormat format : WeightFormat.values()) {
        try (Arena arena = Arena.ofConfined()) {
          new Case(mixture, format, set, kernels, arena).run(kernels);
        }
      }
    }
  }

  private static final class Case {
    private final Mixture n;
    private final WeightFormat format;
    private final InstructionSet set;
    private final Random random;
    private final List<KnownWeight> gate;
    private final List<KnownWeight> up;
    private final List<KnownWeight> down;
    private final float[] correction;

    Case(Mixture n, WeightFormat format, InstructionSet set, CpuKernels kernels, Arena arena) {
      this.n = n;
      this.format = format;
      this.set = set;
      this.random = new Random(n.width);
      this.gate = weights(arena, kernels, n.hidden, n.width);
      this.up = weights(arena, kernels, n.hidden, n.width);
      this.down = weights(arena, kernels, n.width, n.hidden);
      this.correction = Floats.gaussian(random, n.experts);
    }

    private List<KnownWeight> weights(Arena arena, CpuKernels kernels, int out, int in) {
      return Stream.generate(() -> KnownWeight.random(arena, random, kernels, format, out, in))
          .limit(n.experts)
          .toList();
    }

    void run(CpuKernels kernels) {
      int most = Arrays.stream(CALLS).max().orElseThrow();
      StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(most, most, 2));
      ExpertPlanner experts = new ExpertPlanner(planner);
      Rows x = planner.rows(n.width);
      Rows logits = planner.rows(n.experts);
      Rows shared = planner.rows(n.width);
      Rows let = planner.rows(1);
      Rows y = planner.rows(n.width);
      ExpertPlanner.Routing routing =
          experts.route(
              new ExpertChoice(n.experts, n.chosen, n.sigmoid, n.shares, 1.5, n.groups, n.kept),
              n.isCorrected ? planner.constants(correction) : 0,
              logits);
      Rows thought = experts.experts(routing, x, Gate.SILU, forms(gate), forms(up), forms(down));
      Optional<Rows> network = n.isShared ? Optional.of(shared) : Optional.empty();
      experts.combine(routing, thought, network, n.isShared ? Optional.of(let) : network, y);
      try (StepProgram program = planner.build()) {
        for (int count : CALLS) {
          List<float[][]> tokens = new ArrayList<>();
          for (int row = 0; row < count; row++) {
            float[][] token = {
              Floats.gaussian(random, n.width),
              Floats.gaussian(random, n.experts),
              Floats.gaussian(random, n.width),
              Floats.gaussian(random, 1),
              Floats.gaussian(random, n.width)
            };
            Floats.write(x, row, token[0]);
            Floats.write(logits, row, token[1]);
            Floats.write(shared, row, token[2]);
            Floats.write(let, row, token[3]);
            Floats.write(y, row, token[4]);
            program.token(row, 0);
            tokens.add(token);
          }
          program.run(count, 0);
          for (int row = 0; row < count; row++) {
            compare(Floats.read(y, row), tokens.get(row), count);
          }
        }
      }
    }

    private static List<WeightOperand> forms(List<KnownWeight> weights) {
      return weights.stream().map(KnownWeight::weight).toList();
    }

    private void compare(float[] got, float[][] token, int count) {
      double[] x = Sequences.doubles(token[0]);
      double[] want = Sequences.doubles(token[4]);
      double[] shares = shares(token[1]);
      for (int e = 0; e < n.experts; e++) {
        double[] hidden = new double[n.hidden];
        for (int i = 0; shares[e] != 0 && i < n.hidden; i++) {
          double gated = gate.get(e).dot(i, x, 0);
          hidden[i] = gated / (1 + Math.exp(-gated)) * up.get(e).dot(i, x, 0);
        }
        for (int i = 0; i < n.width; i++) {
          want[i] += shares[e] * down.get(e).dot(i, hidden, 0);
        }
      }
      for (int i = 0; n.isShared && i < n.width; i++) {
        want[i] += token[2][i] / (1 + Math.exp(-token[3][0]));
      }
      double error = set.error(1e-3, format, count);
      Floats.requireClose(got, 0, want, error, () -> n + ", " + format + ", of " + count);
    }

    /** Each expert's weight; 0 for those that the token isn't routed to. */
    private double[] shares(float[] logits) {
      double[] scores =
          n.sigmoid
              ? IntStream.range(0, n.experts).mapToDouble(e -> sigmoid(logits[e])).toArray()
              : Sequences.softmax(Sequences.doubles(logits));
      double[] preference = scores.clone();
      for (int e = 0; n.isCorrected && e < n.experts; e++) {
        preference[e] += correction[e];
      }
      int[] best = best(IntStream.range(0, n.groups), g -> worth(preference, g), n.kept);
      int inGroup = n.experts / n.groups;
      IntStream allowed =
          Arrays.stream(best).flatMap(g -> IntStream.range(g * inGroup, (g + 1) * inGroup));
      int[] chosen = best(allowed, e -> preference[e], n.chosen);
      double total = n.shares ? Arrays.stream(chosen).mapToDouble(e -> scores[e]).sum() : 1;
      double[] shares = new double[n.experts];
      for (int e : chosen) {
        shares[e] = 1.5 * scores[e] / total;
      }
      return shares;
    }

    private static double sigmoid(double x) {
      return 1 / (1 + Math.exp(-x));
    }

    /** A group's score: the sum of its two best experts with sigmoids, its best with a softmax. */
    private double worth(double[] preference, int group) {
      int inGroup = n.experts / n.groups;
      return Arrays.stream(preference, group * inGroup, (group + 1) * inGroup)
          .map(p -> -p)
          .sorted()
          .limit(n.sigmoid ? 2 : 1)
          .map(p -> -p)
          .sum();
    }

    private interface Worth {
      double of(int number);
    }

    private static int[] best(IntStream numbers, Worth worth, int count) {
      return numbers
          .boxed()
          .sorted(Comparator.comparingDouble((Integer i) -> -worth.of(i)))
          .limit(count)
          .mapToInt(Integer::intValue)
          .toArray();
    }
  }
}
