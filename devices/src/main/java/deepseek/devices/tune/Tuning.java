package deepseek.devices.tune;

import deepseek.kernel.tune.Measured;
import java.util.List;

/**
 * What was found for an operator and a shape.
 *
 * @param measured the device's usual width first
 * @param chosen the width to use: the usual one unless another is faster by more than both spread
 */
public record Tuning(String operator, List<Integer> shape, List<Measured> measured, int chosen) {
  /** Chooses among variants of which the first is the usual one. */
  static Tuning of(String operator, List<Integer> shape, List<Measured> measured) {
    return new Tuning(operator, shape, List.copyOf(measured), Measured.best(measured).value());
  }

  /** How many times as fast the chosen variant is as the usual one. */
  public double gain() {
    double best =
        measured.stream()
            .filter(variant -> variant.value() == chosen)
            .findFirst()
            .orElseThrow()
            .median();
    return measured.getFirst().median() / best;
  }
}
