package deepseek.bench;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;

/** Seconds of what {@link MemorySoakTest} does for minutes. */
@EnabledOnOs(OS.LINUX)
@ExtendWith(LeakCheck.class)
class MemoryTest {
  private static final long MEGABYTE = 1 << 20;

  @Test
  void answersLeaveNoTensorBehind() {
    try (CausalLm model = AutoModel.causalLm(Soak.TINY)) {
      Soak.answer(model, 8);
      long live = Scope.live();
      Soak.answer(model, 60);
      Soak.answerInBatches(model, 4);
      assertThat(Scope.live()).isEqualTo(live);
    }
  }

  @Test
  void aClosedModelIsNoLongerMapped() throws IOException {
    long live = Scope.live();
    Soak.openAndClose(Soak.TINY, 5);
    assertThat(Scope.live()).isEqualTo(live);
    assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain("tiny.gguf");
  }

  @Test
  void aMappedFileIsSeenWhileItsModelIsOpen() throws IOException {
    try (CausalLm model = AutoModel.causalLm(Soak.TINY)) {
      Soak.answer(model, 1);
      assertThat(Memory.resident(Path.of(Soak.TINY).toRealPath())).isPositive();
    }
  }

  /** Were they kept, they would take 8 GB. */
  @Test
  void resultsOfClosedScopesTakeNoMemory() {
    makeResults(50);
    long before = Memory.resident();
    makeResults(2_000);
    assertThat(Memory.resident() - before).isLessThan(512 * MEGABYTE);
  }

  private static void makeResults(int count) {
    for (int i = 0; i < count; i++) {
      try (Scope scope = Scope.open()) {
        Tensor result = Tensor.full(i, DType.FLOAT32, Device.CPU, MEGABYTE);
        assertThat(result.numel()).isEqualTo(MEGABYTE);
      }
    }
  }
}
