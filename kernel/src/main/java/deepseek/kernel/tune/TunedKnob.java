package deepseek.kernel.tune;

import deepseek.kernel.cpu.ProductWorkload;
import deepseek.kernel.cpu.WeightOperand;
import java.util.List;

/**
 * The result for one constant of the kernels.
 *
 * @param variants relative to the default's median, with all cases weighted equally; the default
 *     first
 * @param chosen the value to use: the default unless another wins by more than the spread of both
 */
public record TunedKnob(Knob knob, List<Case> cases, List<Measured> variants, int chosen) {
  /**
   * One weight, kind of product and number of rows.
   *
   * @param nanos median time of a product per variant
   */
  public record Case(ProductWorkload.Kind kind, WeightOperand form, int rows, List<Double> nanos) {}

  /** The speedup of the chosen value over the default. */
  public double gain() {
    Measured usual = variants.getFirst();
    return variants.stream()
        .filter(variant -> variant.value() == chosen)
        .mapToDouble(variant -> usual.median() / variant.median())
        .findFirst()
        .orElse(1);
  }
}
