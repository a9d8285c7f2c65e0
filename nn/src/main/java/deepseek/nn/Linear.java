package deepseek.nn;

import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;
import deepseek.compute.Weight;
import java.util.Optional;

/** {@code y = x W^T + b}: [.., in] to [.., out], with weight [out, in] and bias [out] if any. */
public final class Linear extends Module {
  private final Weight weight;
  private final Optional<Tensor> bias;

  private Linear(Weight weight, Optional<Tensor> bias) {
    this.weight = weight("weight", weight);
    this.bias = bias.map(b -> parameter("bias", b));
  }

  /** Without a bias. */
  public static Linear of(Parameters p, long in, long out) {
    return new Linear(p.weight("weight", out, in), Optional.empty());
  }

  /** Without a bias, and plain however the model is quantised: for those who take it apart. */
  public static Linear plain(Parameters p, long in, long out) {
    return new Linear(new Weight.Plain(p.get("weight", out, in)), Optional.empty());
  }

  /** With a bias. */
  public static Linear biased(Parameters p, long in, long out) {
    return new Linear(p.weight("weight", out, in), Optional.of(p.get("bias", out)));
  }

  /** With a bias or without, as a config says. */
  public static Linear of(Parameters p, long in, long out, Bias bias) {
    return switch (bias) {
      case NONE -> of(p, in, out);
      case ADDED -> biased(p, in, out);
    };
  }

  /** Whether a layer adds a bias. */
  public enum Bias {
    NONE,
    ADDED;

    /** {@link #ADDED} when {@code added}. */
    public static Bias when(boolean added) {
      return added ? ADDED : NONE;
    }
  }

  /** [out, in]. */
  public Weight weight() {
    return weight;
  }

  /** [.., in] to [.., out]. */
  public Tensor forward(Tensor x) {
    return weight.linear(x, bias);
  }

  /** This layer in a planned step. */
  public PlanBuilder.Projection planned() {
    return new PlanBuilder.Projection(weight, bias);
  }
}
