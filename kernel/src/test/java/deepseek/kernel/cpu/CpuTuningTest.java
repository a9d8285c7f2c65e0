package deepseek.kernel.cpu;

import static deepseek.kernel.cpu.CpuTuning.Choice.AHEAD;
import static deepseek.kernel.cpu.CpuTuning.Choice.AMX_OVER;
import static deepseek.kernel.cpu.CpuTuning.Choice.BFLOATS;
import static deepseek.kernel.cpu.CpuTuning.Choice.CHUNKS;
import static deepseek.kernel.cpu.CpuTuning.Choice.EXPERT_CHUNKS;
import static deepseek.kernel.cpu.CpuTuning.Choice.FAR;
import static deepseek.kernel.cpu.CpuTuning.Choice.STREAMS;
import static deepseek.kernel.cpu.CpuTuning.Choice.TILES;
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
    CpuTuning tuning = CpuTuning.USUAL.with(AHEAD, 512).with(CHUNKS, 24);
    assertThat(CpuTuning.parse(tuning.toString())).contains(tuning);
    assertThat(CpuTuning.parse(CpuTuning.USUAL.toString())).contains(CpuTuning.USUAL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ahead=2048",
        "ahead=2048 far=2 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8",
        "ahead=2048 far=2 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=2",
        "ahead=2048 far=2 streams=3 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=2048 far=2 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=2048 far=2 streams=4 tiles=0 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=2048 far=2 streams=4 tiles=8 chunks=0 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=2048 far=3 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=2048 far=2 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=08 bfloats=0",
        "far=2 ahead=2048 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=999999 far=2 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=-1 far=2 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=2048 far=2 streams=4 tiles=8 chunks=6",
        "ahead=2048 far=2 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=0 bfloats=0",
        "ahead=2048 far=2 streams=4 tiles=8 chunks=6 expert-chunks=0 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=2048 far=2 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=65 amx-over=8 bfloats=0",
        "ahead=2048 far=2 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0 -DX",
        "ahead=2048 far=3 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=2048 far=2 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=08 bfloats=0",
        "far=2 ahead=2048 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0",
        "ahead=99999999999 far=2 streams=4 tiles=8 chunks=6 expert-chunks=4 sparse-ahead=4 amx-over=8 bfloats=0"
      })
  void anythingElseIsNone(String text) {
    assertThat(CpuTuning.parse(text)).isEmpty();
  }

  @Test
  void whatIsNotCompiledInIsNoFlag() {
    CpuTuning tuning = CpuTuning.of(new CpuInfo(Map.of())).with(FAR, 0).with(STREAMS, 2);
    assertThat(tuning.with(CHUNKS, 24).with(EXPERT_CHUNKS, 1).compilerFlags())
        .isEqualTo(tuning.compilerFlags())
        .containsExactly(
            "-DAHEAD=2048",
            "-DFAR_AHEAD=0",
            "-DSTREAMS=2",
            "-DTILES_AT_ONCE=8",
            "-DSPARSE_AHEAD=4",
            "-DAMX_OVER=8",
            "-DBFLOATS=0");
    assertThat(tuning.with(AMX_OVER, 16).compilerFlags()).contains("-DAMX_OVER=16");
  }

  /** The defaults in the C are for tools that compile it on their own. */
  @Test
  void theSourceHasTheNumbersOfMostProcessors() {
    for (String flag : CpuTuning.of(new CpuInfo(Map.of())).compilerFlags()) {
      assertThat(CpuKernels.source()).contains("#define " + flag.substring(2).replace('=', ' '));
    }
  }

  @Test
  void whatProcessorsDoFastestIsTheirMakers() {
    CpuTuning amd = CpuTuning.of(new CpuInfo(Map.of("vendor_id", "AuthenticAMD")));
    assertThat(amd.get(STREAMS)).isEqualTo(2);
    assertThat(amd.get(FAR)).isEqualTo(1);
    assertThat(amd.get(BFLOATS)).isEqualTo(1);
    CpuTuning intel = CpuTuning.of(new CpuInfo(Map.of("vendor_id", "GenuineIntel")));
    assertThat(intel.get(STREAMS)).isEqualTo(4);
    assertThat(intel.get(FAR)).isEqualTo(2);
    assertThat(intel.get(BFLOATS)).isZero();
  }

  @Test
  void numbersWithoutMeaningAreRefused() {
    assertThatThrownBy(() -> CpuTuning.USUAL.with(TILES, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tiles=0");
    assertThatThrownBy(() -> new CpuTuning(Map.of(TILES, 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
