package deepseek.nn;

import deepseek.compute.PlanBuilder;

/**
 * A part of a block in a planned step, all done but its last projection, which may be added to the
 * block's input while it is computed.
 */
public record Planned(PlanBuilder.Values values, PlanBuilder.Projection last) {
  /** {@code x += part}. */
  void addTo(PlanBuilder plan, PlanBuilder.Values x) {
    plan.addProduct(plan.asIs(values), last, x);
  }

  /** The part's result. */
  PlanBuilder.Values result(PlanBuilder plan) {
    return plan.product(plan.asIs(values), last);
  }

  /** What a layer says that has no plan: the decoder then runs layer by layer. */
  public static UnsupportedOperationException refusal(Object layer) {
    return new UnsupportedOperationException(layer.getClass().getSimpleName());
  }
}
