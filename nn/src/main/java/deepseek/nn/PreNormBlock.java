package deepseek.nn;

import deepseek.compute.PlanBuilder;
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

  private PreNormBlock(
      RmsNorm inputNorm,
      A attention,
      RmsNorm postAttentionNorm,
      String feedForwardName,
      F feedForward) {
    this.inputNorm = child("input_layernorm", inputNorm);
    this.attention = child("self_attn", attention);
    this.postAttentionNorm = child("post_attention_layernorm", postAttentionNorm);
    this.feedForward = child(feedForwardName, feedForward);
  }

  /** With norms over D = {@code dim} from {@code p}. */
  public static <A extends Module & Attention, F extends Module & FeedForward>
      PreNormBlock<A, F> of(Parameters p, long dim, double eps, A attention, F feedForward) {
    return of(p, dim, eps, attention, "mlp", feedForward);
  }

  /** The same where the checkpoint calls the feed-forward part something else than {@code mlp}. */
  public static <A extends Module & Attention, F extends Module & FeedForward>
      PreNormBlock<A, F> of(
          Parameters p, long dim, double eps, A attention, String feedForwardName, F feedForward) {
    return new PreNormBlock<>(
        RmsNorm.of(p.at("input_layernorm"), dim, eps),
        attention,
        RmsNorm.of(p.at("post_attention_layernorm"), dim, eps),
        feedForwardName,
        feedForward);
  }

  @Override
  public void plan(PlanBuilder plan, PlanBuilder.Values x) {
    attention.plan(plan, plan.normed(x, inputNorm.planned())).addTo(plan, x);
    feedForward.plan(plan, plan.normed(x, postAttentionNorm.planned())).addTo(plan, x);
  }

  @Override
  public Tensor forward(Tensor x, Step step, LayerCache cache) {
    Tensor h = x.add(attention.forward(inputNorm.forward(x), step, cache));
    return h.add(feedForward.forward(postAttentionNorm.forward(h)));
  }
}
