package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MachineTest {
  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1025, 100_000})
  void threadsThatNoMachineHasAreRefused(int count) {
    int before = Machine.threads();
    assertThatThrownBy(() -> Machine.threads(count))
        .isInstanceOf(ComputeException.class)
        .hasMessage(
            "set threads: expected 1 to 1024, got " + count + "; pass the number of cores to use");
    assertThat(Machine.threads()).isEqualTo(before);
  }
}
