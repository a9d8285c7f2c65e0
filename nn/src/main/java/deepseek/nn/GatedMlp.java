package deepseek.nn;

import deepseek.compute.PlanBuilder;
import deepseek.compute.PlanRefusedException;
import deepseek.compute.Tensor;
import deepseek.kernel.cpu.Gate;

/**
 * {@code down(act(gate(x)) * up(x))} (SwiGLU and its relatives): [.., D] over F to [.., D].
 *
 * <p>Shazeer, "GLU Variants Improve Transformer", 2020.
 */
public final class GatedMlp extends Module implements FeedForward {
  private final Linear gate;
  private final Linear up;
  private final Linear down;
  private final Activation activation;

  /** What a checkpoint calls the three matrices. */
  public record Names(String gate, String up, String down) {
    public static final Names PROJ = new Names("gate_proj", "up_proj", "down_proj");

    /** Mixtral's. */
    public static final Names NUMBERED = new Names("w1", "w3", "w2");
  }

  /** Sizes D and F and the choices of one layer. */
  public record Settings(
      long dim, long hidden, Activation activation, Linear.Bias bias, Names names) {
    /** Without biases, by the usual names. */
    public static Settings of(long dim, long hidden, Activation activation) {
      return new Settings(dim, hidden, activation, Linear.Bias.NONE, Names.PROJ);
    }

    /** With biases in all three layers, or in none. */
    public Settings withBias(Linear.Bias newBias) {
      return new Settings(dim, hidden, activation, newBias, names);
    }

    /** Under other names in the checkpoint. */
    public Settings withNames(Names newNames) {
      return new Settings(dim, hidden, activation, bias, newNames);
    }
  }

  private GatedMlp(Settings s, Parameters p) {
    this.gate = linear(p, s.names().gate(), s.dim(), s.hidden(), s.bias());
    this.up = linear(p, s.names().up(), s.dim(), s.hidden(), s.bias());
    this.down = linear(p, s.names().down(), s.hidden(), s.dim(), s.bias());
    this.activation = s.activation();
  }

  private Linear linear(Parameters p, String name, long in, long out, Linear.Bias bias) {
    return child(name, Linear.of(p.at(name), in, out, bias));
  }

  /** Its three layers from {@code p}. */
  public static GatedMlp of(Settings settings, Parameters p) {
    return new GatedMlp(settings, p);
  }

  @Override
  public Planned plan(PlanBuilder plan, PlanBuilder.Input x) {
    return new Planned.Projected(
        plan.gated(x, gate.planned(), up.planned(), activation.planned()), down.planned());
  }

  private static void requirePlain(Linear layer) {
    if (layer.planned().bias().isPresent()) {
      throw new PlanRefusedException("biases of experts");
    }
  }

  /** One of a mixture's networks, in a plan. */
  public PlanBuilder.Expert expert() {
    requirePlain(gate);
    requirePlain(up);
    requirePlain(down);
    return new PlanBuilder.Expert(gate.weight(), up.weight(), down.weight());
  }

  /** Its activation, in a plan. */
  public Gate plannedGate() {
    return activation.planned();
  }

  @Override
  public Tensor forward(Tensor x) {
    return down.forward(activation.apply(gate.forward(x)).mul(up.forward(x)));
  }
}
