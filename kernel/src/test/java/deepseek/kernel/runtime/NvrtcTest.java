package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.kernel.KernelException;
import deepseek.kernel.ops.Elementwise;
import deepseek.kernel.ops.Operator;
import deepseek.kernel.render.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** CUDA C is right where NVIDIA's compiler takes it; no GPU is needed for that. */
class NvrtcTest {
  private static Nvrtc nvrtc() {
    return Presence.require("nvrtc", Nvrtc::open);
  }

  @ParameterizedTest
  @MethodSource("deepseek.kernel.ops.Operators#all")
  void everyOperatorCompiles(Operator operator) {
    String source = Target.CUDA.render(operator.kernel(128));
    assertThat(nvrtc().compile(operator.name(), source, "sm_80")).startsWith(0x7f, 'E', 'L', 'F');
  }

  @Test
  void newerGpusGetCodeOfTheirOwn() {
    String source = Target.CUDA.render(Elementwise.axpy());
    assertThat(nvrtc().compile("axpy", source, "sm_90"))
        .isNotEqualTo(nvrtc().compile("axpy", source, "sm_80"));
  }

  @Test
  void whatItRefusesIsSaid() {
    assertThat(nvrtc().version().toString()).matches("\\d+\\.\\d+");
    assertThatThrownBy(() -> nvrtc().compile("wrong", "int x = ;", "sm_90"))
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll("compile wrong for sm_90", "error", "wrong.cu(1)")
        .message()
        .hasLineCount(1);
  }
}
