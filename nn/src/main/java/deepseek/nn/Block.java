package deepseek.nn;

import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;
import deepseek.nn.attention.LayerCache;
import deepseek.nn.attention.Step;

/** One layer of a decoder: [B, L, D] to [B, L, D]. */
public abstract class Block extends Module {
  /**
   * x [B, L, D] of a step's new tokens to the same shape; {@code cache} keeps what later steps look
   * back at.
   */
  public abstract Tensor forward(Tensor xBLD, Step step, LayerCache cache);

  /**
   * Plans this layer, which changes x in place.
   *
   * @throws deepseek.compute.PlanRefusedException if the kernels can't run it
   */
  public abstract void plan(PlanBuilder plan, PlanBuilder.Values x);
}
