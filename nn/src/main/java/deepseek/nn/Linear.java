package deepseek.nn;

import deepseek.compute.Tensor;
import java.util.Optional;

/** {@code y = x W^T + b}: [.., in] to [.., out], with weight [out, in] and bias [out] if any. */
public final class Linear extends Module {
  private final Tensor weight;
  private final Optional<Tensor> bias;

  private Linear(Tensor weight, Optional<Tensor> bias) {
    this.weight = parameter("weight", weight);
    this.bias = bias.map(b -> parameter("bias", b));
  }

  /** Without a bias. */
  public static Linear of(Parameters p, long in, long out) {
    return new Linear(p.get("weight", out, in), Optional.empty());
  }

  /** With a bias. */
  public static Linear biased(Parameters p, long in, long out) {
    return new Linear(p.get("weight", out, in), Optional.of(p.get("bias", out)));
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

    public static Bias when(boolean added) {
      return added ? ADDED : NONE;
    }
  }

  public Tensor weight() {
    return weight;
  }

  public Tensor forward(Tensor x) {
    return bias.isPresent() ? x.linear(weight, bias.get()) : x.linear(weight);
  }
}
