package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CpuFeaturesTest {
  private static final Set<String> WIDE =
      Set.of("avx2", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni");

  @Test
  void tilesNeedWhatStandsAroundThem() {
    assertThat(of(Set.of("amx_tile", "amx_int8"), WIDE).hasTiles()).isTrue();
    assertThat(of(Set.of("amx_tile", "amx_bf16"), WIDE).names()).isEqualTo(WIDE);
    assertThat(of(Set.of("amx_tile", "amx_int8"), Set.of("avx2")).names()).containsExactly("avx2");
  }

  @Test
  void bfloat16NeedsAvx512AndItsTilesNeedBoth() {
    assertThat(of(Set.of("avx512_bf16"), WIDE).names()).contains("avx512_bf16");
    assertThat(of(Set.of("avx512_bf16"), Set.of("avx2")).names()).containsExactly("avx2");
    assertThat(of(Set.of("amx_tile", "amx_int8", "amx_bf16"), WIDE).names())
        .contains("amx_int8")
        .doesNotContain("amx_bf16");
    CpuFeatures all = of(Set.of("amx_tile", "amx_int8", "amx_bf16", "avx512_bf16"), WIDE);
    assertThat(all.compilerFlags())
        .contains("-mamx-tile", "-mamx-int8", "-mamx-bf16", "-mavx512bf16");
    assertThat(all.withoutTiles()).isEqualTo(of(Set.of("avx512_bf16"), WIDE));
  }

  @Test
  void theSystemAnswersWhetherTilesMayBeUsed() {
    assumeThat(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
        .isEqualTo("Linux amd64");
    boolean isThere = CpuInfo.ofThisMachine().features().contains("amx_tile");
    assertThat(TilePermission.request()).isIn(isThere ? Set.of(0L, -1L) : Set.of(-1L));
  }

  private static CpuFeatures of(Set<String> some, Set<String> others) {
    Set<String> all = new LinkedHashSet<>(some);
    all.addAll(others);
    return new CpuFeatures("x86_64", all).only(all);
  }
}
