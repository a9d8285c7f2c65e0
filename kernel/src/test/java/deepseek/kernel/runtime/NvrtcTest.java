package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.kernel.KernelException;
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
    for (String architecture : new String[] {"sm_80", "sm_90"}) {
      byte[] code =
          nvrtc().compile(operator.name(), Target.CUDA.render(operator.kernel(128)), architecture);
      assertThat(code).startsWith(0x7f, 'E', 'L', 'F');
    }
  }

  @Test
  void whatItRefusesIsSaid() {
    assertThat(nvrtc().version()).matches("\\d+\\.\\d+");
    assertThatThrownBy(() -> nvrtc().compile("wrong", "int x = ;", "sm_90"))
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll("compile wrong for sm_90", "error", "wrong.cu(1)")
        .message()
        .hasLineCount(1);
  }
}
