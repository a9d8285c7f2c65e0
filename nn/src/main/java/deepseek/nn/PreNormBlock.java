package deepseek.nn;

import deepseek.compute.Tensor;
import deepseek.nn.attention.Attention;
import deepseek.nn.attention.LayerCache;
import deepseek.nn.attention.Step;

/** {@code h = x + attention(norm(x)); y = h + feedForward(norm(h))}. */
public final class PreNormBlock<A extends Module & Attention, F extends Module & FeedForward>
    extends Block {
  private final RmsNorm inputNorm;
  private final A attention;
  private final RmsNorm postAttentionNorm;
  private final F feedForward;

  public PreNormBlock(RmsNorm inputNorm, A attention, RmsNorm postAttentionNorm, F feedForward) {
    this.inputNorm = child("input_layernorm", inputNorm);
    this.attention = child("self_attn", attention);
    this.postAttentionNorm = child("post_attention_layernorm", postAttentionNorm);
    this.feedForward = child("mlp", feedForward);
  }

  @Override
  public Tensor forward(Tensor x, Step step, LayerCache cache) {
    Tensor h = x.add(attention.forward(inputNorm.forward(x), step, cache));
    return h.add(feedForward.forward(postAttentionNorm.forward(h)));
  }
}
