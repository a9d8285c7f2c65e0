package deepseek.nn.moe;

import deepseek.compute.DType;
import deepseek.compute.Tensor;
import deepseek.nn.NnException;

/**
 * Device-limited routing: experts form {@code count} groups of equal size, and a token may only be
 * sent into the {@code chosen} best of them.
 *
 * <p>DeepSeek-AI, "DeepSeek-V2", 2024.
 */
public record ExpertGroups(int count, int chosen) {
  /** All experts in one group. */
  public static final ExpertGroups NONE = new ExpertGroups(1, 1);

  public ExpertGroups {
    if (count < 1 || chosen < 1 || chosen > count) {
      throw new NnException(
          "build router",
          "topk_group from 1 to n_group " + count,
          String.valueOf(chosen),
          "fix config.json");
    }
  }

  /** How a group is judged by the scores of its experts [T, G, E / G]: [T, G]. */
  interface Judge {
    Tensor apply(Tensor scoresOfGroups);
  }

  void check(int numExperts, int numChosen) {
    if (numExperts % count != 0 || (long) numExperts / count * chosen < numChosen) {
      throw new NnException(
          "build router",
          "n_group to divide n_routed_experts "
              + numExperts
              + " so that topk_group "
              + chosen
              + " groups offer num_experts_per_tok "
              + numChosen,
          count + " groups",
          "fix config.json");
    }
  }

  /** Scores [T, E] with those outside a token's best groups at minus infinity. */
  Tensor limit(Tensor scores, Judge judge) {
    if (chosen == count) {
      return scores;
    }
    long tokens = scores.size(0);
    Tensor grouped = scores.reshape(tokens, count, -1);
    Tensor best = judge.apply(grouped).topk(chosen, -1).indices();
    Tensor open = best.oneHot(count).sum(1).to(DType.BOOL);
    return grouped
        .maskedFill(open.logicalNot().unsqueeze(-1), Double.NEGATIVE_INFINITY)
        .reshape(scores.shape());
  }
}
