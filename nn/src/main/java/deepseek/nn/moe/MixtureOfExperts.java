package deepseek.nn.moe;

import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;
import deepseek.nn.FeedForward;
import deepseek.nn.GatedMlp;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.Planned;
import java.util.Optional;

/**
 * {@code y = routed experts(x) + shared(x)}, [B, L, D] to [B, L, D]: K experts by token, and, as a
 * model has it, one network that sees every token, behind a gate {@code sigmoid(x g)} or not.
 *
 * <p>Shazeer et al., "Outrageously Large Neural Networks", 2017; Dai et al., "DeepSeekMoE", 2024.
 */
public final class MixtureOfExperts extends Module implements FeedForward {
  private final Router router;
  private final Experts experts;
  private final Optional<GatedMlp> shared;
  private final Optional<Linear> sharedGate;

  private MixtureOfExperts(
      Router router, Experts experts, Optional<GatedMlp> shared, Optional<Linear> sharedGate) {
    this.router = child("gate", router);
    this.experts = child("experts", experts);
    this.shared = shared;
    this.sharedGate = sharedGate;
  }

  /** Routed experts alone. */
  public static MixtureOfExperts of(Router router, Experts experts) {
    return new MixtureOfExperts(router, experts, Optional.empty(), Optional.empty());
  }

  /** Beside a network for every token. */
  public static MixtureOfExperts of(Router router, Experts experts, GatedMlp shared) {
    var mixture = new MixtureOfExperts(router, experts, Optional.of(shared), Optional.empty());
    mixture.child("shared_experts", shared);
    return mixture;
  }

  /** Beside a network for every token, by as much as its gate [D] to [1] lets through. */
  public static MixtureOfExperts of(
      Router router, Experts experts, GatedMlp shared, Linear sharedGate) {
    var mixture =
        new MixtureOfExperts(router, experts, Optional.of(shared), Optional.of(sharedGate));
    mixture.child("shared_expert", shared);
    mixture.child("shared_expert_gate", sharedGate);
    return mixture;
  }

  @Override
  public Planned plan(PlanBuilder plan, PlanBuilder.Input source) {
    PlanBuilder.Values x = plan.values(source);
    PlanBuilder.Values logits = plan.product(plan.asIs(x), router.projection());
    PlanBuilder.Mixed mixed =
        plan.experts(
            x,
            logits,
            router.choice(),
            router.correction(),
            experts.planned(),
            experts.plannedGate());
    return new Planned.Mixture(
        mixed,
        shared.map(network -> network.plan(plan, plan.asIs(x)).result(plan)),
        sharedGate.map(gate -> plan.product(plan.asIs(x), gate.planned())));
  }

  @Override
  public Tensor forward(Tensor xBLD) {
    Tensor xTD = xBLD.reshape(-1, xBLD.size(-1));
    Tensor routed = experts.forward(xTD, router.route(xTD)).reshape(xBLD.shape());
    return shared.map(network -> routed.add(gated(xBLD, network))).orElse(routed);
  }

  private Tensor gated(Tensor xBLD, GatedMlp network) {
    Tensor answer = network.forward(xBLD);
    return sharedGate.map(gate -> answer.mul(gate.forward(xBLD).sigmoid())).orElse(answer);
  }
}
