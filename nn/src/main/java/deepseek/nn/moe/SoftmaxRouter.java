package deepseek.nn.moe;

import deepseek.compute.Tensor;
import deepseek.nn.Parameters;
import java.util.Optional;

/**
 * Scores are a softmax over all experts; a group is as good as its best expert.
 *
 * <p>Jiang et al., "Mixtral of Experts", 2024; DeepSeek-AI, "DeepSeek-V2", 2024.
 */
public final class SoftmaxRouter extends Router {
  private SoftmaxRouter(Settings settings, Parameters p) {
    super(settings, p);
  }

  /** From {@code weight} in {@code p}. */
  public static SoftmaxRouter of(Settings settings, Parameters p) {
    return new SoftmaxRouter(settings, p);
  }

  @Override
  Optional<Tensor> correction() {
    return Optional.empty();
  }

  @Override
  public Routing route(Tensor xTD) {
    Tensor scores = logits(xTD).softmax(-1);
    return choose(settings().groups().limit(scores, groups -> groups.max(-1)), scores);
  }
}
