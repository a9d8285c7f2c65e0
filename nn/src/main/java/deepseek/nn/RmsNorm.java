package deepseek.nn;

import deepseek.compute.DType;
import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;

/**
 * {@code x / sqrt(mean(x^2) + eps) * factor} over the last dim, where the factor is the stored
 * weight or, in Gemma's form, the weight's distance from one.
 *
 * <p>Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
 */
public final class RmsNorm extends Module {
  private final Tensor weight;
  private final double eps;
  private final Form form;

  /** What the stored weight is. */
  public enum Form {
    FACTOR,
    /** Factor minus one (Gemma). */
    OFFSET
  }

  private RmsNorm(Tensor weight, double eps, Form form) {
    this.weight = parameter("weight", weight);
    this.eps = eps;
    this.form = form;
  }

  /** Over D = {@code dim}, {@code weight} in {@code p} being the factor. */
  public static RmsNorm of(Parameters p, long dim, double eps) {
    return of(p, dim, eps, Form.FACTOR);
  }

  /** Over D = {@code dim}, {@code weight} in {@code p} being what {@code form} says. */
  public static RmsNorm of(Parameters p, long dim, double eps, Form form) {
    return new RmsNorm(p.get("weight", dim), eps, form);
  }

  /** The norm in a planned step. */
  public PlanBuilder.Norm planned() {
    return new PlanBuilder.Norm(
        weight,
        eps,
        switch (form) {
          case FACTOR -> 0;
          case OFFSET -> 1;
        });
  }

  /** [.., D] to [.., D]. */
  public Tensor forward(Tensor x) {
    return switch (form) {
      case FACTOR -> x.rmsNorm(weight, eps);
      // One plus a small number would lose the number's digits in a 16-bit type.
      case OFFSET ->
          x.to(DType.FLOAT32).rmsNorm(weight.to(DType.FLOAT32).add(1), eps).to(x.dtype());
    };
  }
}
