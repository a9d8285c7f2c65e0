package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.kernel.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeMemoryTest {
  private static final long TOO_MUCH = 1L << 60;

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 63, 64, 65, 5_000_000})
  void zerosBeginACacheLineAndGoWithTheirArena(long bytes) {
    MemorySegment zeros;
    try (Arena arena = Arena.ofConfined()) {
      zeros = NativeMemory.zeros(bytes, arena);
      assertThat(zeros.byteSize()).isEqualTo(bytes);
      assertThat(zeros.address() % 64).isZero();
      assertThat(zeros.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(new byte[(int) bytes]);
    }
    assertThat(zeros.scope().isAlive()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 64, 65, 5_000_000})
  void memoryAsItComesBeginsACacheLine(long bytes) {
    MemorySegment memory = NativeMemory.allocate(bytes).orElseThrow();
    assertThat(memory.byteSize()).isEqualTo(bytes);
    assertThat(memory.address() % 64).isZero();
    memory.fill((byte) 7);
    NativeMemory.free(memory);
  }

  @Test
  void moreThanThereIsIsRefused() {
    assertThat(NativeMemory.allocate(TOO_MUCH)).isEmpty();
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> NativeMemory.zeros(TOO_MUCH, arena))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("none for " + TOO_MUCH + " bytes");
    }
  }
}
