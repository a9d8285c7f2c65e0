package deepseek.nn;

import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;

/** What follows attention in a block: [B, L, D] to [B, L, D]. */
public interface FeedForward {
  /** [.., D] to [.., D]. */
  Tensor forward(Tensor xBLD);

  /** Plans it on rows x, if the kernels can run it. */
  default Planned plan(PlanBuilder plan, PlanBuilder.Input x) {
    throw Planned.refusal(this);
  }
}
