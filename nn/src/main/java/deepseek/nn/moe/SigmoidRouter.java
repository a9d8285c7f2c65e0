package deepseek.nn.moe;

import deepseek.compute.DType;
import deepseek.compute.Tensor;
import deepseek.nn.NnException;
import deepseek.nn.Parameters;
import java.util.Optional;

/**
 * Scores are sigmoids, one expert independent of another; a bias [E], learnt to balance the load,
 * is added where experts are chosen and not to their weights. A group is as good as its two best
 * experts together.
 *
 * <p>DeepSeek-AI, "DeepSeek-V3", 2024 ({@code noaux_tc}).
 */
public final class SigmoidRouter extends Router {
  private final Tensor correction;

  private SigmoidRouter(Settings settings, Parameters p) {
    super(settings, p);
    this.correction =
        buffer(
            "e_score_correction_bias",
            p.get("e_score_correction_bias", DType.FLOAT32, settings.numExperts()));
    int inGroup = settings.numExperts() / settings.groups().count();
    if (settings.groups().count() > 1 && inGroup < 2) {
      throw new NnException(
          "build router",
          "groups of at least 2 experts",
          inGroup + "",
          "fix n_group in config.json");
    }
  }

  /** From {@code weight} and {@code e_score_correction_bias} in {@code p}. */
  public static SigmoidRouter of(Settings settings, Parameters p) {
    return new SigmoidRouter(settings, p);
  }

  @Override
  Optional<Tensor> correction() {
    return Optional.of(correction);
  }

  @Override
  public Routing route(Tensor xTD) {
    Tensor scores = logits(xTD).sigmoid();
    Tensor preference = scores.add(correction);
    return choose(
        settings().groups().limit(preference, groups -> groups.topk(2, -1).values().sum(-1)),
        scores);
  }
}
