package deepseek.devices.tune;

import deepseek.kernel.tune.Measured;
import java.util.List;

/**
 * The result for an operator and a shape.
 *
 * @param measured the device's default width first
 * @param chosen the width to use: the default unless another is faster by more than the spread of
 *     both
 */
public record Tuning(String operator, List<Integer> shape, List<Measured> measured, int chosen) {
  /** Chooses among variants, of which the first is the default. */
  static Tuning of(String operator, List<Integer> shape, List<Measured> measured) {
    return new Tuning(operator, shape, List.copyOf(measured), Measured.best(measured).value());
  }

  /** The speedup of the chosen variant over the default. */
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
