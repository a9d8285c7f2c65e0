package deepseek.nn.attention;

import deepseek.compute.Tensor;

/** What one attention layer keeps of the tokens it has seen, for each part of a step. */
public interface LayerCache {
  /** What a layer keeps: keys and values, or the latent from which it makes both. */
  enum Slot {
    KEY,
    VALUE,
    LATENT
  }

  /**
   * Adds a part's new tokens [B, n, L, h] and returns all that was kept, [B, n, S, h], valid during
   * this step.
   */
  Tensor append(Step.Part part, Slot slot, Tensor newTokens);

  /** Keeps nothing: for a single pass over whole sequences. */
  LayerCache NONE = (part, slot, newTokens) -> newTokens;
}
