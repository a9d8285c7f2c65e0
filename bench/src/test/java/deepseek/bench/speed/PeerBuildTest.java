package deepseek.bench.speed;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.bench.machine.Cpu;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerBuildTest {
  private static final PeerBuild BUILD =
      new PeerBuild("1", "CPU : AVX = 1 | AVX2 = 1 | AVX512 = 1 | AVX512_VNNI = 0 | OPENMP = 1 | ");

  private static List<String> missing(String... features) {
    return BUILD.missing(new Cpu("a processor", List.of(features)));
  }

  @Test
  void nothingIsMissingThatTheProcessorLacksToo() {
    assertThat(missing("avx", "avx2", "avx512f")).isEmpty();
  }

  @Test
  void featureThatIsOffOrNotNamedIsMissing() {
    assertThat(missing("avx2", "avx512_vnni", "avx512_bf16", "amx_int8"))
        .containsExactly("AVX512_VNNI", "AVX512_BF16", "AMX_INT8");
  }

  @Test
  void longerNameIsAnotherFeature() {
    PeerBuild build = new PeerBuild("1", "CPU : AVX512_BF16 = 1 | AVX_VNNI = 1");
    assertThat(build.missing(new Cpu("a processor", List.of("avx", "avx512f"))))
        .containsExactly("AVX", "AVX512");
  }

  @Test
  void featureThatLlamaCppHasNoCodeForIsNotMissing() {
    assertThat(missing("sse4_2", "avx512_fp16", "amx_tile")).isEmpty();
  }
}
