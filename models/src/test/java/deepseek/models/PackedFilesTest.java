package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PackedFilesTest {
  @Test
  void theEnvironmentSaysOffAndNothingThatMightMeanIt() {
    assertThat(PackedFiles.named("")).isEqualTo(PackedFiles.KEEP);
    assertThat(PackedFiles.named("on")).isEqualTo(PackedFiles.KEEP);
    assertThat(PackedFiles.named("cache")).isEqualTo(PackedFiles.CACHE);
    assertThat(PackedFiles.named("off")).isEqualTo(PackedFiles.OFF);
    assertThatThrownBy(() -> PackedFiles.named("no"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("read DEEPSEEK_PACKED: expected on, cache or off, got 'no'; ");
  }
}
