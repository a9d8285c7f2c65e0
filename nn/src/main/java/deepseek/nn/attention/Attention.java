package deepseek.nn.attention;

import deepseek.compute.Tensor;

/** A decoder's attention: new tokens [B, L, D] look at themselves and at what the cache holds. */
public interface Attention {
  Tensor forward(Tensor xBLD, Step step, LayerCache cache);
}
