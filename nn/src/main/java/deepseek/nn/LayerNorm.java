package deepseek.nn;

import deepseek.compute.Tensor;
import deepseek.compute.TextPlanBuilder;

/** {@code (x - mean) / sqrt(var + eps) * weight + bias} over the last dim. */
public final class LayerNorm extends Module {
  private final Tensor weight;
  private final Tensor bias;
  private final double eps;

  private LayerNorm(Tensor weight, Tensor bias, double eps) {
    this.weight = parameter("weight", weight);
    this.bias = parameter("bias", bias);
    this.eps = eps;
  }

  /** Over D = {@code dim}, {@code weight} and {@code bias} in {@code p}. */
  public static LayerNorm of(Parameters p, long dim, double eps) {
    return new LayerNorm(p.get("weight", dim), p.get("bias", dim), eps);
  }

  /** [.., D] to [.., D]. */
  public Tensor forward(Tensor x) {
    return x.layerNorm(weight, bias, eps);
  }

  /** This layer in a plan of whole texts. */
  public TextPlanBuilder.Norm planned() {
    return new TextPlanBuilder.Norm(weight, bias, eps);
  }
}
