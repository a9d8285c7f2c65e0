package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.compute.LeakCheck;
import deepseek.compute.Machine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class ThreadsOptionTest {
  /** Random weights: tools/warm-up/make.py. */
  private static final String TINY = "../tools/warm-up/tiny.gguf";

  private int before;

  @BeforeEach
  void remember() {
    before = Machine.threads();
  }

  @AfterEach
  void restore() {
    Machine.threads(before);
  }

  @Test
  void aModelIsOpenedWithThem() {
    ModelOptions options = ModelOptions.defaults().withThreads(before + 1);
    assertThat(Machine.threads()).isEqualTo(before);
    AutoModel.fromPretrained(TINY, options).close();
    assertThat(Machine.threads()).isEqualTo(before + 1);
  }

  @Test
  void withoutThemTheNumberStays() {
    Machine.threads(before + 2);
    AutoModel.fromPretrained(TINY).close();
    assertThat(Machine.threads()).isEqualTo(before + 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Machine.MOST_THREADS + 1})
  void othersAreRefused(int count) {
    assertThatThrownBy(() -> ModelOptions.defaults().withThreads(count))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "set threads: expected 1 to 1024, got %s; leave it out for one for each core", count);
  }
}
