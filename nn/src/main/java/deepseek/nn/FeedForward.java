package deepseek.nn;

import deepseek.compute.Tensor;

/** What follows attention in a block: [B, L, D] to [B, L, D]. */
public interface FeedForward {
  Tensor forward(Tensor xBLD);
}
