package deepseek.kernel.tune;

import java.util.List;
import java.util.stream.DoubleStream;

/**
 * What was found for an operator and a shape.
 *
 * @param measured the device's usual width first
 * @param chosen the width to use: the usual one unless another is faster by more than both spread
 */
public record Tuning(String operator, List<Integer> shape, List<Measured> measured, int chosen) {
  /**
   * One variant.
   *
   * @param value the width, or what else varies
   * @param median nanoseconds of a launch, or a share of the usual one's
   * @param spread between the quarters of all times
   * @param agrees whether it gave what the usual one gives
   */
  public record Measured(int value, double median, double spread, boolean agrees) {
    static Measured of(int value, DoubleStream times, boolean agrees) {
      double[] sorted = times.sorted().toArray();
      return new Measured(value, at(sorted, 0.5), at(sorted, 0.75) - at(sorted, 0.25), agrees);
    }

    private static double at(double[] sorted, double share) {
      return sorted[(int) Math.round(share * (sorted.length - 1))];
    }

    private boolean beats(Measured usual) {
      return agrees && usual.median - median > Math.max(usual.spread, spread);
    }
  }

  /** Chooses among variants of which the first is the usual one. */
  static Tuning of(String operator, List<Integer> shape, List<Measured> measured) {
    return new Tuning(operator, shape, List.copyOf(measured), best(measured).value());
  }

  /** The fastest that beats the first by more than both spread, else the first. */
  static Measured best(List<Measured> measured) {
    Measured best = measured.getFirst();
    for (Measured variant : measured) {
      if (variant.beats(measured.getFirst()) && variant.median < best.median) {
        best = variant;
      }
    }
    return best;
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
