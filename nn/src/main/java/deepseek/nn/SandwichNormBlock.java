package deepseek.nn;

import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;
import deepseek.nn.attention.Attention;
import deepseek.nn.attention.LayerCache;
import deepseek.nn.attention.Step;

/**
 * {@code h = x + norm(attention(norm(x))); y = h + norm(feedForward(norm(h)))}: each part normed
 * before and after.
 *
 * <p>Gemma Team, "Gemma 2", 2024.
 */
public final class SandwichNormBlock<A extends Module & Attention, F extends Module & FeedForward>
    extends Block {
  private final RmsNorm beforeAttention;
  private final A attention;
  private final RmsNorm afterAttention;
  private final RmsNorm beforeFeedForward;
  private final F feedForward;
  private final RmsNorm afterFeedForward;

  private SandwichNormBlock(
      Parameters p, long dim, double eps, RmsNorm.Form form, A attention, F feedForward) {
    this.beforeAttention = norm(p, "input_layernorm", dim, eps, form);
    this.attention = child("self_attn", attention);
    this.afterAttention = norm(p, "post_attention_layernorm", dim, eps, form);
    this.beforeFeedForward = norm(p, "pre_feedforward_layernorm", dim, eps, form);
    this.feedForward = child("mlp", feedForward);
    this.afterFeedForward = norm(p, "post_feedforward_layernorm", dim, eps, form);
  }

  private RmsNorm norm(Parameters p, String name, long dim, double eps, RmsNorm.Form form) {
    return child(name, RmsNorm.of(p.at(name), dim, eps, form));
  }

  /** With four norms over D = {@code dim} from {@code p}. */
  public static <A extends Module & Attention, F extends Module & FeedForward>
      SandwichNormBlock<A, F> of(
          Parameters p, long dim, double eps, RmsNorm.Form form, A attention, F feedForward) {
    return new SandwichNormBlock<>(p, dim, eps, form, attention, feedForward);
  }

  @Override
  public void plan(PlanBuilder plan, PlanBuilder.Values x) {
    PlanBuilder.Values seen =
        attention.plan(plan, plan.normed(x, beforeAttention.planned())).result(plan);
    plan.addNormed(seen, afterAttention.planned(), x);
    PlanBuilder.Values thought =
        feedForward.plan(plan, plan.normed(x, beforeFeedForward.planned())).result(plan);
    plan.addNormed(thought, afterFeedForward.planned(), x);
  }

  @Override
  public Tensor forward(Tensor x, Step step, LayerCache cache) {
    Tensor seen = attention.forward(beforeAttention.forward(x), step, cache);
    Tensor h = x.add(afterAttention.forward(seen));
    Tensor thought = feedForward.forward(beforeFeedForward.forward(h));
    return h.add(afterFeedForward.forward(thought));
  }
}
