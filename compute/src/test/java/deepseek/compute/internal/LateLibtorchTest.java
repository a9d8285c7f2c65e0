package deepseek.compute.internal;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.DType;
import deepseek.compute.InferenceMode;
import deepseek.compute.Machine;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.kernel.runtime.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds before libtorch is loaded holds afterwards: seen in a process of its own. */
class LateLibtorchTest {
  @TempDir private Path folder;

  @Test
  void libtorchTakesOverWhatIsThere() throws Exception {
    ChildJvm.run(folder, List.of("-ea"), Late.class);
  }

  /** The process. */
  static final class Late {
    private Late() {}

    public static void main(String[] arguments) {
      Machine.threads(3);
      try (Scope scope = Scope.open()) {
        Tensor parameter;
        Tensor halves;
        try (InferenceMode inference = InferenceMode.enter()) {
          try (InferenceMode ordinary = InferenceMode.suspend()) {
            parameter = Tensor.of(new float[] {1, 2, 3});
            halves = parameter.to(DType.FLOAT16).narrow(0, 1, 2).reshape(2, 1);
            assertThat(HostTensor.allocate(new long[] {-1, -3}, DType.FLOAT32)).isEmpty();
            assertThat(HostTensor.allocate(new long[] {1L << 40, 1L << 40}, DType.INT8)).isEmpty();
            assertThat(TorchRuntime.isLoaded()).isFalse();
            assertThat(halves.toFloats()).containsExactly(2, 3);
            parameter.withGrad().mul(parameter).sum().backward();
            assertThat(parameter.grad().orElseThrow().toFloats()).containsExactly(2, 4, 6);
          }
          assertThat(parameter.mul(2).requiresGrad()).isFalse();
        }
        assertThat(parameter.mul(2).requiresGrad()).isTrue();
        assertThat(halves.add(1).toFloats()).containsExactly(3, 4);
        assertThat(halves.dtype()).isEqualTo(DType.FLOAT16);
        assertThat(torch.get_num_threads()).isEqualTo(3);
      }
      assertThat(Scope.live()).isZero();
    }
  }
}
