package deepseek.nn;

import deepseek.compute.Tensor;

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

  private GatedMlp(Linear gate, Linear up, Linear down, Activation activation) {
    this.gate = child("gate_proj", gate);
    this.up = child("up_proj", up);
    this.down = child("down_proj", down);
    this.activation = activation;
  }

  public static GatedMlp of(Parameters p, long dim, long hidden, Activation activation) {
    return of(p, dim, hidden, activation, Linear.Bias.NONE);
  }

  public static GatedMlp of(
      Parameters p, long dim, long hidden, Activation activation, Linear.Bias bias) {
    return new GatedMlp(
        Linear.of(p.at("gate_proj"), dim, hidden, bias),
        Linear.of(p.at("up_proj"), dim, hidden, bias),
        Linear.of(p.at("down_proj"), hidden, dim, bias),
        activation);
  }

  @Override
  public Tensor forward(Tensor x) {
    return down.forward(activation.apply(gate.forward(x)).mul(up.forward(x)));
  }
}
