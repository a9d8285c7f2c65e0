package deepseek.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.Rng;
import deepseek.compute.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Compares two ways to compute one thing: results, and gradients of every leaf. */
public final class Gradients {
  private static final double TOLERANCE = 2e-4;

  private Gradients() {}

  /** Both must agree on the result and on the gradients of {@code leaves}. */
  public static void assertSame(
      Rng rng, Iterable<Tensor> leaves, Supplier<Tensor> ours, Supplier<Tensor> plain) {
    Tensor y = ours.get();
    Tensor direction = Tensor.randn(rng, y.shape());
    List<float[]> got = gradients(y, direction, leaves);
    Tensor expected = plain.get();
    assertThat(y.shape()).isEqualTo(expected.shape());
    assertClose(y.toFloats(), expected.toFloats(), "result");
    List<float[]> wanted = gradients(expected, direction, leaves);
    for (int i = 0; i < got.size(); i++) {
      assertClose(got.get(i), wanted.get(i), "gradient of leaf " + i);
    }
  }

  private static List<float[]> gradients(Tensor y, Tensor direction, Iterable<Tensor> leaves) {
    y.mul(direction).sum().backward();
    List<float[]> out = new ArrayList<>();
    for (Tensor leaf : leaves) {
      out.add(leaf.grad().orElseThrow(() -> new AssertionError("no gradient")).toFloats());
      leaf.dropGrad();
    }
    return out;
  }

  private static void assertClose(float[] got, float[] expected, String what) {
    double scale = 1;
    for (float e : expected) {
      scale = Math.max(scale, Math.abs(e));
    }
    assertThat(got).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < got.length; i++) {
      assertThat((double) got[i])
          .as(what + " at " + i)
          .isCloseTo(expected[i], within(TOLERANCE * scale));
    }
  }
}
