package deepseek.nn;

import deepseek.compute.Tensor;

/**
 * {@code x / sqrt(mean(x^2) + eps) * weight} over the last dim.
 *
 * <p>Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
 */
public final class RmsNorm extends Module {
  private final Tensor weight;
  private final double eps;

  private RmsNorm(Tensor weight, double eps) {
    this.weight = parameter("weight", weight);
    this.eps = eps;
  }

  public static RmsNorm of(Parameters p, long dim, double eps) {
    return new RmsNorm(p.get("weight", dim), eps);
  }

  /** The form whose stored weight is the distance from one (Gemma). */
  public static RmsNorm offset(Parameters p, long dim, double eps) {
    return new RmsNorm(p.get("weight", dim).add(1), eps);
  }

  public Tensor forward(Tensor x) {
    return x.rmsNorm(weight, eps);
  }
}
