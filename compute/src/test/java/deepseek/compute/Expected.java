package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/** Tensors of given numbers, and tensors against numbers worked out in double. */
final class Expected {
  private Expected() {}

  /** A FLOAT64 vector. */
  static Tensor vector(double... values) {
    return Tensor.of(values);
  }

  static Tensor places(long... values) {
    return Tensor.of(values);
  }

  /** Of the normal distribution, FLOAT64. */
  static Tensor random(long seed, long... shape) {
    Random random = new Random(seed);
    double[] values = new double[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    Arrays.setAll(values, i -> random.nextGaussian());
    return Tensor.of(values, shape);
  }

  static double[] map(double[] values, DoubleUnaryOperator f) {
    return Arrays.stream(values).map(f).toArray();
  }

  /** A few roundings of {@code dtype}. */
  static double tolerance(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> 1e-12;
      case FLOAT32 -> 2e-6;
      case FLOAT16 -> 2e-3;
      case BFLOAT16 -> 1.6e-2;
      case FLOAT8_E4M3FN, FLOAT8_E5M2, INT64, INT32, INT16, INT8, UINT8, BOOL -> 0;
    };
  }

  /** Relative to numbers above 1, absolute below; not-a-number and infinities exactly. */
  static void assertClose(Tensor actual, double... expected) {
    double tolerance = tolerance(actual.dtype());
    double[] rounded = vector(expected).to(actual.dtype()).toDoubles();
    double[] values = actual.toDoubles();
    assertThat(values).hasSameSizeAs(rounded);
    for (int i = 0; i < values.length; i++) {
      if (Double.isNaN(rounded[i]) || Double.isInfinite(rounded[i])) {
        assertThat(values[i]).as("element %d", i).isEqualTo(Double.valueOf(rounded[i]));
      } else {
        double allowed = tolerance * Math.max(1, Math.abs(rounded[i]));
        assertThat(values[i]).as("element %d", i).isCloseTo(rounded[i], within(allowed));
      }
    }
  }
}
