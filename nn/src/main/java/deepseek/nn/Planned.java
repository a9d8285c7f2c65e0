package deepseek.nn;

import deepseek.compute.PlanBuilder;
import deepseek.compute.PlanRefusedException;
import java.util.Optional;

/** A part of a block in a planned step, all done but what brings it into the block. */
public sealed interface Planned {
  /** Values whose last projection may be added to the block's input while it is computed. */
  record Projected(PlanBuilder.Values values, PlanBuilder.Projection last) implements Planned {
    @Override
    public void addTo(PlanBuilder plan, PlanBuilder.Values x) {
      plan.addProduct(plan.asIs(values), last, x);
    }

    @Override
    public PlanBuilder.Values result(PlanBuilder plan) {
      return plan.product(plan.asIs(values), last);
    }
  }

  /** Experts' rows, with those of a network that sees every token behind a gate. */
  record Mixture(
      PlanBuilder.Mixed experts,
      Optional<PlanBuilder.Values> shared,
      Optional<PlanBuilder.Values> gate)
      implements Planned {
    @Override
    public void addTo(PlanBuilder plan, PlanBuilder.Values x) {
      plan.addMixed(experts, shared, gate, x);
    }

    @Override
    public PlanBuilder.Values result(PlanBuilder plan) {
      throw new PlanRefusedException("a norm after a mixture of experts");
    }
  }

  /** {@code x += part}. */
  void addTo(PlanBuilder plan, PlanBuilder.Values x);

  /** The part's result. */
  PlanBuilder.Values result(PlanBuilder plan);

  /** Thrown by a layer that has no plan: the decoder then runs layer by layer. */
  static PlanRefusedException refusal(Object layer) {
    return new PlanRefusedException(layer.getClass().getSimpleName());
  }
}
