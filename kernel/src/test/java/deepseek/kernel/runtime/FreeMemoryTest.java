package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.kernel.KernelException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FreeMemoryTest {
  @Test
  void linuxSaysWhatIsAvailable() {
    Stream<String> lines =
        Stream.of("MemTotal:       24736060 kB", "MemAvailable:   22351560 kB", "Cached: 1 kB");
    assertThat(FreeMemory.available(lines)).hasValue(22351560L * 1024);
    assertThat(FreeMemory.available(Stream.of("MemTotal: 1 kB", "MemAvailable: lots"))).isEmpty();
  }

  @Test
  void whatFitsIsGranted() {
    assertThat(FreeMemory.bytes()).isPositive();
    assertThatCode(() -> FreeMemory.require("try", 1, "")).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e18, 1e40, Double.POSITIVE_INFINITY, Double.NaN})
  void whatDoesNotFitIsRefusedInOneLine(double bytes) {
    assertThatThrownBy(() -> FreeMemory.require("try a shape", bytes, "choose a smaller one"))
        .isInstanceOf(KernelException.class)
        .hasMessageStartingWith("try a shape: expected at most ")
        .hasMessageEndingWith(" GB; choose a smaller one");
  }
}
