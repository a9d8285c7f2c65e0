package deepseek.devices.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.devices.ir.Argument;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ops.Elementwise;
import deepseek.devices.ops.Gemm;
import deepseek.devices.ops.Operator;
import deepseek.devices.render.Target;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.Presence;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** NVIDIA's compiler accepts our CUDA C; no GPU is needed for that. */
class NvrtcTest {
  private static Nvrtc nvrtc() {
    return Presence.require("nvrtc", Nvrtc::open);
  }

  @ParameterizedTest
  @MethodSource("deepseek.devices.ops.Operators#all")
  void everyOperatorCompiles(Operator operator) {
    String source = Target.CUDA.render(operator.kernel(128));
    assertThat(nvrtc().compile(operator.name(), source, "sm_80")).startsWith(0x7f, 'E', 'L', 'F');
  }

  static Stream<Kernel> ofTheSuite() {
    return Stream.of(
        Semantics.integers(),
        Semantics.floats(),
        Semantics.turns(),
        Semantics.guarded(),
        RandomExpressions.kernel(1),
        Gemm.tiled());
  }

  /** Code that otherwise only the emulated compiler would accept. */
  @ParameterizedTest
  @MethodSource("ofTheSuite")
  void everyOperationCompiles(Kernel kernel) {
    String source = Target.CUDA.render(kernel);
    assertThat(nvrtc().compile(kernel.name(), source, "sm_80")).startsWith(0x7f, 'E', 'L', 'F');
  }

  /** A launch passes 64-bit addresses and 32-bit words, in the order of the arguments. */
  @ParameterizedTest
  @MethodSource("deepseek.devices.ops.Operators#all")
  void whatALaunchGivesIsWhatTheCodeTakes(Operator operator) {
    Kernel kernel = operator.kernel(128);
    byte[] ptx = nvrtc().compile(operator.name(), Target.CUDA.render(kernel), "compute_80");
    String text = new String(ptx, StandardCharsets.ISO_8859_1);
    List<String> taken =
        Pattern.compile("\\.param \\.[a-z](\\d+).* " + kernel.name() + "_param_(\\d+)")
            .matcher(text.substring(0, text.indexOf('{')))
            .results()
            .map(found -> found.group(2) + ": " + found.group(1))
            .toList();
    List<Argument> given = kernel.arguments();
    assertThat(taken)
        .isEqualTo(
            IntStream.range(0, given.size())
                .mapToObj(i -> i + (given.get(i) instanceof Memory.Buffer ? ": 64" : ": 32"))
                .toList());
    int items = kernel.grid().shape().stream().reduce(1, (a, b) -> a * b);
    assertThat(text).contains(".maxntid " + items).contains(".visible .entry " + kernel.name());
  }

  @Test
  void gpusThatItDoesntKnowGetTextForTheirDriver() {
    String source = Target.CUDA.render(Elementwise.axpy());
    int newest = nvrtc().architectures().getLast();
    String architecture = nvrtc().architecture(newest + 10);
    assertThat(architecture).isEqualTo("compute_" + newest);
    byte[] text = nvrtc().compile("axpy", source, architecture);
    assertThat(new String(text, StandardCharsets.ISO_8859_1))
        .contains(".version", ".entry axpy")
        .endsWith("\0");
    assertThat(nvrtc().architecture(90)).isEqualTo("sm_90");
    assertThatThrownBy(() -> nvrtc().architecture(30)).hasMessageContaining("sm_30");
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
