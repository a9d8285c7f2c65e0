package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CpuInfoTest {
  @Test
  void theFirstProcessorIsRead() {
    String text =
        """
        processor\t: 0
        model name\t: A processor: the first
        flags\t\t: fpu avx2  fma avx2

        processor\t: 1
        model name\t: another
        flags\t\t: fpu amx_tile
        """;
    CpuInfo info = CpuInfo.of(text.lines());
    assertThat(info.field("model name")).contains("A processor: the first");
    assertThat(info.features()).containsExactlyInAnyOrder("fpu", "avx2", "fma");
  }

  @Test
  void armHasOtherNames() {
    CpuInfo info = CpuInfo.of(Stream.of("Features\t: fp asimd", "CPU part\t: 0xd0c"));
    assertThat(info.features()).containsExactlyInAnyOrder("fp", "asimd");
    assertThat(info.field("model name")).isEmpty();
    assertThat(info.field("CPU part")).contains("0xd0c");
  }

  @Test
  void otherSystemsSayNothing() {
    assertThat(CpuInfo.of(Stream.empty()).features()).isEmpty();
  }
}
