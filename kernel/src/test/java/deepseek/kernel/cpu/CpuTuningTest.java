package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.kernel.runtime.CpuInfo;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuTuningTest {
  @Test
  void isReadAsItIsWritten() {
    CpuTuning tuning = new CpuTuning(512, 2, 4, 24, 4, 4, 8);
    assertThat(CpuTuning.parse(tuning.toString())).contains(tuning);
    assertThat(CpuTuning.parse(CpuTuning.USUAL.toString())).contains(CpuTuning.USUAL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ahead=2048",
        "ahead=2048 streams=3 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=2048 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=2048 streams=4 tiles=0 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=2048 streams=4 tiles=8 chunks=0 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=999999 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=-1 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=2048 streams=4 tiles=8 chunks=6",
        "ahead=2048 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=0",
        "ahead=2048 streams=4 tiles=8 chunks=6 expert-chunks=0 sparse-ahead=4 amx-over=8",
        "ahead=2048 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=65 amx-over=8",
        "ahead=2048 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 -DX",
        "ahead=99999999999 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8"
      })
  void anythingElseIsNone(String text) {
    assertThat(CpuTuning.parse(text)).isEmpty();
  }

  @Test
  void whatIsNotCompiledInIsNoFlag() {
    CpuTuning tuning = new CpuTuning(2048, 2, 8, 6, 4, 4, 8);
    assertThat(tuning.withChunks(24).withExpertChunks(1).compilerFlags())
        .isEqualTo(tuning.compilerFlags())
        .containsExactly(
            "-DAHEAD=2048", "-DSTREAMS=2", "-DTILES_AT_ONCE=8", "-DSPARSE_AHEAD=4", "-DAMX_OVER=8");
    assertThat(tuning.withAmxOver(16).compilerFlags()).contains("-DAMX_OVER=16");
  }

  /** What stands in the C is for tools that compile it by themselves. */
  @Test
  void theSourceHasTheNumbersOfMostProcessors() {
    for (String flag : CpuTuning.of(new CpuInfo(Map.of())).compilerFlags()) {
      assertThat(CpuKernels.source()).contains("#define " + flag.substring(2).replace('=', ' '));
    }
  }

  @Test
  void streamsAreThoseOfTheMaker() {
    assertThat(CpuTuning.of(new CpuInfo(Map.of("vendor_id", "AuthenticAMD"))).streams())
        .isEqualTo(2);
    assertThat(CpuTuning.of(new CpuInfo(Map.of("vendor_id", "GenuineIntel"))).streams())
        .isEqualTo(4);
  }

  @Test
  void numbersWithoutMeaningAreRefused() {
    assertThatThrownBy(() -> new CpuTuning(0, 4, 0, 6, 4, 4, 8))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
