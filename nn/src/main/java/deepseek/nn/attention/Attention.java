package deepseek.nn.attention;

import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;
import deepseek.nn.Planned;

/** A decoder's attention: new tokens [B, L, D] look at themselves and at what the cache holds. */
public interface Attention {
  /**
   * x [B, L, D] of new tokens over themselves and those kept: [B, L, D]. {@code cache} then keeps
   * these too.
   */
  Tensor forward(Tensor xBLD, Step step, LayerCache cache);

  /** Plans it on rows x, if the kernels can run it. */
  default Planned plan(PlanBuilder plan, PlanBuilder.Input x) {
    throw Planned.refusal(this);
  }
}
