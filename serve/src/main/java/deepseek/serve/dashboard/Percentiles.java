package deepseek.serve.dashboard;

import java.util.Arrays;
import java.util.Collection;

/** Half, 95 and 99 of 100 values are at most this; NaN where there are none. */
record Percentiles(double p50, double p95, double p99) {
  static Percentiles of(Collection<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Percentiles(at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99));
  }

  private static double at(double[] sorted, double share) {
    int rank = (int) Math.ceil(share * sorted.length);
    return sorted.length == 0
        ? Double.NaN
        : Arrays.stream(sorted).skip(Math.max(0, rank - 1L)).findFirst().orElse(Double.NaN);
  }
}
