package deepseek.nn.moe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Rng;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.nn.Activation;
import deepseek.nn.GatedMlp;
import deepseek.nn.Gradients;
import deepseek.nn.Linear;
import deepseek.nn.NnException;
import deepseek.nn.Parameters;
import deepseek.nn.RandomParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gathered experts against running every expert on every token; routers by hand. */
@ExtendWith(LeakCheck.class)
class MixtureOfExpertsTest {
  private static final int DIM = 6;
  private static final int HIDDEN = 5;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void gatheredExpertsAreAllExpertsWeighed(long seed) {
    Random random = new Random(seed);
    int numExperts = 2 + random.nextInt(6);
    int numChosen = 1 + random.nextInt(numExperts);
    int numTokens = seed == 1 ? 1 : 1 + random.nextInt(9);
    try (var scope = Scope.open();
        Rng rng = Rng.seeded(seed)) {
      RandomParameters p = new RandomParameters(rng);
      Router router =
          SoftmaxRouter.of(
              Router.Settings.of(DIM, numExperts, numChosen, Router.Weights.SHARES).withScale(1.5),
              p.at("gate"));
      var settings = GatedMlp.Settings.of(DIM, HIDDEN, Activation.SILU);
      Experts experts = Experts.of(numExperts, settings, p.at("experts"));
      GatedMlp shared = GatedMlp.of(settings, p.at("shared_expert"));
      Linear gate = Linear.of(p.at("shared_expert_gate"), DIM, 1);
      var mixture = MixtureOfExperts.of(router, experts, shared, gate);
      Tensor x = Tensor.randn(rng, 1, numTokens, DIM).withGrad();
      List<Tensor> leaves = new ArrayList<>(ran(p, router, x, numExperts));
      leaves.add(x);
      Gradients.assertSame(
          rng,
          leaves,
          () -> mixture.forward(x),
          () -> {
            Tensor flat = x.reshape(-1, DIM);
            Tensor routed = everyExpert(p, router.route(flat), flat, numExperts);
            Tensor beside = shared.forward(flat).mul(gate.forward(flat).sigmoid());
            return routed.add(beside).reshape(x.shape());
          });
    }
  }

  /** Parameters but for those of experts that no token chose: they have no gradient. */
  private static List<Tensor> ran(RandomParameters p, Router router, Tensor x, int numExperts) {
    boolean[] chosen = new boolean[numExperts];
    for (int expert : router.route(x.reshape(-1, DIM)).experts().toInts()) {
      chosen[expert] = true;
    }
    List<Tensor> ran = new ArrayList<>();
    p.made()
        .forEach(
            (name, tensor) -> {
              String[] parts = name.split("\\.", -1);
              if (!parts[0].equals("experts") || chosen[Integer.parseInt(parts[1])]) {
                ran.add(tensor);
              }
            });
    return ran;
  }

  private static Tensor everyExpert(Parameters p, Routing routing, Tensor x, int numExperts) {
    Tensor dense =
        Tensor.zeros(x.size(0), numExperts).scatter(1, routing.experts(), routing.weights());
    List<Tensor> weighed = new ArrayList<>();
    for (int e = 0; e < numExperts; e++) {
      var settings = GatedMlp.Settings.of(DIM, HIDDEN, Activation.SILU);
      Tensor answer = GatedMlp.of(settings, p.at("experts." + e)).forward(x);
      weighed.add(answer.mul(dense.narrow(1, e, 1)));
    }
    return Tensor.stack(weighed, 0).sum(0);
  }

  @Test
  void softmaxRoutersTakeTheBestOfTheBestGroups() {
    // Scores by the logits of one token: groups {0, 1}, {2, 3}, {4, 5}; the best single scores
    // are in groups 0 and 2, so that expert 3, third of all, is out of reach.
    double[] logits = {3, 0, 1, 2, 0.5, 2.5};
    var groups = new ExpertGroups(3, 2);
    Chosen routing = route(logits, groups, Router.Weights.SCORES, 2);
    double sum = 0;
    for (double l : logits) {
      sum += Math.exp(l);
    }
    assertThat(routing.experts).containsExactly(0, 5, 4);
    assertThat(routing.weights[0]).isCloseTo((float) (2 * Math.exp(3) / sum), within(1e-5f));
  }

  @Test
  void aRoutingOfOthersIsRefused() {
    try (var scope = Scope.open();
        Rng rng = Rng.seeded(1)) {
      var settings = GatedMlp.Settings.of(4, 6, Activation.SILU);
      Experts experts = Experts.of(3, settings, new RandomParameters(rng));
      Tensor x = Tensor.ones(2, 4);
      Tensor weights = Tensor.ones(2, 1);
      for (Tensor chosen :
          List.of(
              Tensor.of(new long[] {0, 3}, 2, 1),
              Tensor.of(new long[] {-1, 0}, 2, 1),
              Tensor.of(new long[] {0, 1}, 1, 2),
              Tensor.of(new long[] {0, 1, 2, 0}, 4, 1))) {
        assertThatThrownBy(() -> experts.forward(x, new Routing(weights, chosen)))
            .isInstanceOf(NnException.class)
            .hasMessageContaining("a routing of 2 tokens to experts from 0 to 2");
      }
    }
  }

  @Test
  void sharesAddUpToTheScale() {
    var routing = route(new double[] {3, 0, 1, 2}, ExpertGroups.NONE, Router.Weights.SHARES, 2.5);
    assertThat(routing.weights[0] + routing.weights[1] + routing.weights[2])
        .isCloseTo(2.5f, within(1e-5f));
  }

  @Test
  void sigmoidRoutersChooseWithTheCorrectionAndWeighWithout() {
    try (var scope = Scope.open()) {
      // Expert 2 scores least and is chosen for its correction.
      Parameters p =
          fixed(Tensor.of(new float[] {0, 1, -2, -1}, 4, 1), Tensor.of(new float[] {0, 0, 5, 0}));
      Router router = SigmoidRouter.of(Router.Settings.of(1, 4, 2, Router.Weights.SCORES), p);
      assertThat(router.parameters()).containsOnlyKeys("weight");
      assertThat(router.buffers()).containsOnlyKeys("e_score_correction_bias");
      Routing routing = router.route(Tensor.ones(1, 1));
      assertThat(routing.experts().toInts()).containsExactly(2, 1);
      assertThat(routing.weights().toFloats()[0])
          .isCloseTo((float) (1 / (1 + Math.exp(2))), within(1e-5f));
    }
  }

  @Test
  void sigmoidRoutersJudgeAGroupByItsTwoBest() {
    try (var scope = Scope.open()) {
      // Group 0 has the best expert, group 1 the better pair.
      Parameters p = fixed(Tensor.of(new float[] {3, -9, 2, 2}, 4, 1), Tensor.zeros(4));
      Router router =
          SigmoidRouter.of(
              Router.Settings.of(1, 4, 2, Router.Weights.SCORES).withGroups(new ExpertGroups(2, 1)),
              p);
      assertThat(router.route(Tensor.ones(1, 1)).experts().toInts())
          .containsExactlyInAnyOrder(2, 3);
    }
  }

  private record Chosen(int[] experts, float[] weights) {}

  private static Chosen route(
      double[] logits, ExpertGroups groups, Router.Weights weights, double scale) {
    try (var scope = Scope.open()) {
      float[] column = new float[logits.length];
      for (int i = 0; i < column.length; i++) {
        column[i] = (float) logits[i];
      }
      Router router =
          SoftmaxRouter.of(
              Router.Settings.of(1, logits.length, 3, weights).withGroups(groups).withScale(scale),
              fixed(Tensor.of(column, logits.length, 1), Tensor.zeros(logits.length)));
      var routing = router.route(Tensor.ones(1, 1));
      return new Chosen(routing.experts().toInts(), routing.weights().toFloats());
    }
  }

  private static Parameters fixed(Tensor weight, Tensor correction) {
    return new Parameters() {
      @Override
      public Tensor get(String name, long... shape) {
        return name.equals("weight") ? weight : correction;
      }

      @Override
      public Tensor get(String name, DType dtype, long... shape) {
        return get(name, shape).to(dtype).to(Device.CPU);
      }

      @Override
      public DType dtype() {
        return DType.FLOAT32;
      }

      @Override
      public boolean contains(String name) {
        return true;
      }

      @Override
      public boolean same(String name, String other) {
        return name.equals(other);
      }
    };
  }
}
