package deepseek.nn.moe;

import deepseek.compute.DType;
import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;
import deepseek.compute.Weight;
import deepseek.kernel.cpu.ExpertChoice;
import deepseek.nn.Module;
import deepseek.nn.NnException;
import deepseek.nn.Parameters;
import java.util.Optional;

/**
 * Sends each token to K of E experts by scores that a matrix [E, D] gives it. Scores are computed
 * in FLOAT32: two experts whose scores round to one number would be taken by chance.
 */
public abstract sealed class Router extends Module permits SoftmaxRouter, SigmoidRouter {
  // Keeps a division by a sum of vanishing scores finite; the value is DeepSeek's.
  private static final double TINY = 1e-20;

  private final Settings settings;
  private final Tensor weight;

  /** Sizes and choices of one router. {@code scale} multiplies the weights last. */
  public record Settings(
      int dim, int numExperts, int numChosen, ExpertGroups groups, Weights weights, double scale) {
    public Settings {
      if (numChosen < 1 || numChosen > numExperts) {
        throw new NnException(
            "build router",
            "num_experts_per_tok from 1 to the number of experts, " + numExperts,
            String.valueOf(numChosen),
            "fix config.json");
      }
      groups.check(numExperts, numChosen);
    }

    /** One group and no scale. */
    public static Settings of(int dim, int numExperts, int numChosen, Weights weights) {
      return new Settings(dim, numExperts, numChosen, ExpertGroups.NONE, weights, 1);
    }

    /** With experts chosen from the best groups only. */
    public Settings withGroups(ExpertGroups newGroups) {
      return new Settings(dim, numExperts, numChosen, newGroups, weights, scale);
    }

    /** With weights multiplied by this, last. */
    public Settings withScale(double newScale) {
      return new Settings(dim, numExperts, numChosen, groups, weights, newScale);
    }
  }

  /** What the weights of a token's experts are. */
  public enum Weights {
    /** Their scores. */
    SCORES,
    /** Their scores, divided by the sum over the token's experts. */
    SHARES;

    /** As {@code norm_topk_prob} says. */
    public static Weights shares(boolean normalised) {
      return normalised ? SHARES : SCORES;
    }
  }

  Router(Settings settings, Parameters p) {
    this.settings = settings;
    this.weight =
        parameter("weight", p.get("weight", DType.FLOAT32, settings.numExperts(), settings.dim()));
  }

  final Settings settings() {
    return settings;
  }

  /** Its logits' matrix in a plan. */
  final PlanBuilder.Projection projection() {
    return new PlanBuilder.Projection(new Weight.Plain(weight), Optional.empty());
  }

  /** How it chooses, in a plan. */
  final ExpertChoice choice() {
    return new ExpertChoice(
        settings.numExperts(),
        settings.numChosen(),
        switch (this) {
          case SoftmaxRouter r -> false;
          case SigmoidRouter r -> true;
        },
        settings.weights() == Weights.SHARES,
        settings.scale(),
        settings.groups().count(),
        settings.groups().chosen());
  }

  /** What is added to scores where experts are chosen, FLOAT32 [E]. */
  abstract Optional<Tensor> correction();

  /** Chooses for x [T, D]. */
  public abstract Routing route(Tensor xTD);

  final Tensor logits(Tensor xTD) {
    return xTD.to(DType.FLOAT32).linear(weight);
  }

  /** The K best by {@code preference} [T, E], weighted by {@code scores} [T, E]. */
  final Routing choose(Tensor preference, Tensor scores) {
    Tensor experts = preference.topk(settings.numChosen(), -1).indices();
    Tensor chosen = scores.gather(-1, experts);
    Tensor weights =
        switch (settings.weights()) {
          case SCORES -> chosen;
          case SHARES -> chosen.div(chosen.sumKeepDim(-1).add(TINY));
        };
    return new Routing(settings.scale() == 1 ? weights : weights.mul(settings.scale()), experts);
  }
}
