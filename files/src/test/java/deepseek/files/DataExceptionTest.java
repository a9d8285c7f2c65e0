package deepseek.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataExceptionTest {
  @TempDir Path folder;

  @AfterEach
  void clearTheFlag() {
    Thread.interrupted();
  }

  @Test
  void interruptedThreadsAreToldSo() throws IOException {
    Path file = Files.write(folder.resolve("weights"), new byte[100]);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Mapping.open(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("interrupt flag is set")
        .hasMessageContaining("Thread.interrupted()");
    assertThatThrownBy(() -> AtomicFile.write(file, channel -> {}))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("interrupt flag is set");
  }

  @Test
  void aMappingThatFailsIsForLackOfMemory() {
    String message =
        DataException.ofFile("open a", "a readable file", "check it", new IOException("Map failed"))
            .getMessage();
    assertThat(message).contains("open a: expected memory to map").doesNotContain("readable");
  }
}
