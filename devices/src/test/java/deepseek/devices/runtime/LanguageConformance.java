package deepseek.devices.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.devices.ops.Elementwise;
import deepseek.kernel.KernelException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each operation of the language, and launches. */
interface LanguageConformance extends OnRuntime {
  @Test
  default void itNamesItsDevice() {
    assertThat(runtime().device()).isNotBlank();
    assertThat(runtime().groupWidth()).isBetween(1, 256);
  }

  @Test
  default void integersAndBits() {
    Semantics.checkIntegers(runtime());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  default void anyExpression(long seed) {
    RandomExpressions.check(runtime(), seed);
  }

  @Test
  default void floatingPoint() {
    Semantics.checkFloats(runtime());
  }

  @Test
  default void sinesAndCosines() {
    int n = 101;
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (Math.PI * (2.0 * i / (n - 1) - 1));
    }
    DeviceBuffer y = empty(2 * n);
    runtime().compile(Semantics.turns()).launch(given(x), y, Scalar.of(n));
    float[] got = y.toFloats();
    for (int i = 0; i < n; i++) {
      // Vulkan allows 2^-11.
      assertThat(got[i]).isCloseTo((float) Math.sin(x[i]), within(0x1p-11f));
      assertThat(got[n + i]).isCloseTo((float) Math.cos(x[i]), within(0x1p-11f));
    }
  }

  @Test
  default void whatIsNotChosenIsNotLoaded() {
    int[] words = new Random(1).ints(100).toArray();
    DeviceBuffer y = empty(words.length);
    runtime().compile(Semantics.guarded()).launch(given(words), y, Scalar.of(words.length));
    assertThat(y.toInts()).containsExactly(words);
  }

  @Test
  default void nothingToDoIsDone() {
    DeviceBuffer x = given(new float[] {1});
    DeviceBuffer y = given(new float[] {2});
    runtime().compile(Elementwise.axpy()).launch(x, y, Scalar.of(1f), Scalar.of(0));
    assertThat(y.toFloats()).containsExactly(2f);
  }

  @Test
  default void launchesFollowEachOther() {
    int n = 1000;
    DeviceBuffer x = given(new float[n]);
    DeviceBuffer y = empty(n);
    float[] ones = new float[n];
    Arrays.fill(ones, 1f);
    y.write(ones);
    CompiledKernel axpy = runtime().compile(Elementwise.axpy());
    for (int i = 0; i < 5; i++) {
      axpy.launch(y, x, Scalar.of(1f), Scalar.of(n));
      axpy.launch(x, y, Scalar.of(1f), Scalar.of(n));
    }
    // Fibonacci: (x, y) becomes (x + y, x + 2y), five times from (0, 1).
    assertThat(x.toFloats()).containsOnly(55f);
    assertThat(y.toFloats()).containsOnly(89f);
  }

  @Test
  default void wrongArgumentsAreRefused() {
    CompiledKernel axpy = runtime().compile(Elementwise.axpy());
    DeviceBuffer x = given(new float[4]);
    DeviceBuffer y = given(new float[4]);
    refused(() -> axpy.launch(x, y, Scalar.of(1f)), "4 arguments", "3");
    refused(() -> axpy.launch(x, Scalar.of(1), Scalar.of(1f), Scalar.of(4)), "a buffer for y");
    refused(() -> axpy.launch(x, y, Scalar.of(1), Scalar.of(4)), "F32 for a");
    refused(() -> axpy.launch(x, y, Scalar.of(1f), Scalar.of(-4)), "0 or more", "-4");
    refused(() -> axpy.launch(y, y, Scalar.of(1f), Scalar.of(4)), "of its own for y");
    refused(() -> x.write(new float[5]), "4 words", "20 bytes");
    refused(() -> runtime().allocate(0), "1 to 2^31");
    DeviceBuffer closed = runtime().allocate(4);
    closed.close();
    closed.close();
    refused(() -> axpy.launch(closed, y, Scalar.of(1f), Scalar.of(4)), "closed");
    refused(closed::toFloats, "closed");
  }

  private static void refused(Runnable call, String... words) {
    assertThatThrownBy(call::run)
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll(words)
        .message()
        .hasLineCount(1);
  }
}
