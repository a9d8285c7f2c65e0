package deepseek.nn;

import deepseek.compute.Tensor;
import deepseek.nn.attention.LayerCache;
import deepseek.nn.attention.Step;

/** One layer of a decoder: [B, L, D] to [B, L, D]. */
public abstract class Block extends Module {
  public abstract Tensor forward(Tensor xBLD, Step step, LayerCache cache);
}
