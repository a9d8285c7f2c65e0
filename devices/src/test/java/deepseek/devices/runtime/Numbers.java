package deepseek.devices.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;

/** Seeded inputs, and results in double with the magnitude that rounding errors are relative to. */
final class Numbers {
  /**
   * The tolerance of a chain of float32 operations, relative to the sum of the terms' magnitudes.
   */
  private static final double ROUNDING = 2e-6;

  private Numbers() {}

  static float[] gaussian(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** An expected value, and the sum of the magnitudes of its terms. */
  record Expected(double value, double size) {
    static Expected of(double value) {
      return new Expected(value, Math.abs(value));
    }
  }

  /** Σ a(i)·b(i). */
  static Expected dot(int count, At a, At b) {
    double value = 0;
    double size = 0;
    for (int i = 0; i < count; i++) {
      double term = a.at(i) * b.at(i);
      value += term;
      size += Math.abs(term);
    }
    return new Expected(value, size);
  }

  interface At {
    double at(int i);
  }

  static void assertClose(String what, float[] got, Expected[] expected) {
    assertThat(got).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < got.length; i++) {
      double allowed = ROUNDING * expected[i].size() + 1e-30;
      assertThat(Math.abs(got[i] - expected[i].value()))
          .as("%s [%d]: got %s, expected %s", what, i, got[i], expected[i])
          .isLessThanOrEqualTo(allowed);
    }
  }
}
