package deepseek.kernel.tune;

import deepseek.kernel.cpu.ProductWorkload;
import deepseek.kernel.cpu.Weight;
import java.util.List;

/**
 * What was found for one number of the kernels.
 *
 * @param variants relative to the usual one's median, all cases counting alike; that one first
 * @param chosen the value to use: the usual one unless another wins by more than both spread
 */
public record TunedKnob(Knob knob, List<Case> cases, List<Measured> variants, int chosen) {
  /**
   * One weight, what of it counts, and number of rows.
   *
   * @param nanos median of a product, by variant
   */
  public record Case(ProductWorkload.Kind kind, Weight form, int rows, List<Double> nanos) {}

  /** How many times as fast the chosen value is as the usual one. */
  public double gain() {
    Measured usual = variants.getFirst();
    return variants.stream()
        .filter(variant -> variant.value() == chosen)
        .mapToDouble(variant -> usual.median() / variant.median())
        .findFirst()
        .orElse(1);
  }
}
