package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuTuningTest {
  @Test
  void isReadAsItIsWritten() {
    CpuTuning tuning = new CpuTuning(512, 4, 24, 4, 4, 8);
    assertThat(CpuTuning.parse(tuning.toString())).contains(tuning);
    assertThat(CpuTuning.parse(CpuTuning.USUAL.toString())).contains(CpuTuning.USUAL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ahead=2048",
        "ahead=2048 tiles=0 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=2048 tiles=8 chunks=0 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=999999 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=-1 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=2048 tiles=8 chunks=6",
        "ahead=2048 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=0",
        "ahead=2048 tiles=8 chunks=6 expert-chunks=0 sparse-ahead=4 amx-over=8",
        "ahead=2048 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=65 amx-over=8",
        "ahead=2048 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 -DX",
        "ahead=99999999999 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8"
      })
  void anythingElseIsNone(String text) {
    assertThat(CpuTuning.parse(text)).isEmpty();
  }

  @Test
  void onlyOtherNumbersAreCompiledAnew() {
    assertThat(CpuTuning.USUAL.compilerFlags()).isEmpty();
    assertThat(new CpuTuning(2048, 8, 24, 1, 4, 8).compilerFlags()).isEmpty();
    assertThat(new CpuTuning(2048, 4, 6, 4, 8, 8).compilerFlags())
        .containsExactly("-DAHEAD=2048", "-DTILES_AT_ONCE=4", "-DSPARSE_AHEAD=8", "-DAMX_OVER=8");
    assertThat(CpuTuning.USUAL.withAmxOver(16).compilerFlags()).contains("-DAMX_OVER=16");
    assertThat(CpuKernels.source()).contains("#ifndef AHEAD", "#define AHEAD 2048\n");
    assertThat(CpuKernels.source()).contains("#define TILES_AT_ONCE 8\n");
    assertThat(CpuKernels.source()).contains("#define SPARSE_AHEAD 4\n");
    assertThat(CpuKernels.source()).contains("#define AMX_OVER 8\n");
  }

  @Test
  void numbersWithoutMeaningAreRefused() {
    assertThatThrownBy(() -> new CpuTuning(0, 0, 6, 4, 4, 8))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
