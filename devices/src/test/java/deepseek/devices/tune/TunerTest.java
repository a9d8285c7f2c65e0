package deepseek.devices.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import deepseek.devices.ops.Operator;
import deepseek.devices.ops.Operators;
import deepseek.devices.runtime.Backend;
import deepseek.devices.runtime.DeviceRuntime;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.Presence;
import deepseek.kernel.tune.Measured;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TunerTest {
  private static final List<Integer> SMALL = List.of(2, 64);

  @TempDir private Path folder;

  private static Measured measured(int width, boolean agrees, double... times) {
    return Measured.of(width, DoubleStream.of(times), agrees);
  }

  @Test
  void whatWinsByMoreThanTheSpreadIsChosen() {
    Measured usual = measured(1, true, 100, 102, 104, 106, 108);
    Measured noise = measured(16, true, 98, 100, 102, 104, 106);
    Measured faster = measured(32, true, 49, 50, 52, 51, 50);
    Measured wavering = measured(64, true, 10, 20, 40, 110, 120);
    Measured wrong = measured(128, false, 10, 10, 10, 10, 10);
    assertThat(usual.median()).isEqualTo(104);
    assertThat(usual.spread()).isEqualTo(4);
    assertThat(chosen(usual, noise)).isEqualTo(1);
    assertThat(chosen(usual, wavering)).isEqualTo(1);
    assertThat(chosen(usual, wrong)).isEqualTo(1);
    assertThat(chosen(usual, noise, wavering, faster, wrong)).isEqualTo(32);
    assertThat(Tuning.of("sum", SMALL, List.of(usual, faster)).gain()).isEqualTo(104.0 / 50);
    assertThat(Tuning.of("sum", SMALL, List.of(usual, noise)).gain()).isEqualTo(1);
  }

  private static int chosen(Measured... measured) {
    return Tuning.of("sum", SMALL, List.of(measured)).chosen();
  }

  @ParameterizedTest
  @CsvSource({
    "sum,2x64",
    "rms_norm,3x65",
    "softmax,2x100",
    "argmax,2x100",
    "int4_gemv,17x64",
    "int8_gemm,2x16x128",
    "int4_block_sparse_gemv,33x256",
    "int8_masked_gemv,50x128",
    "neuron_dots,5x70",
    "decode_attention,1x2x9",
  })
  void everyVariantComputesTheSame(String name, String sizes) {
    List<Integer> shape = shape(sizes);
    Operator operator = Operators.named(name);
    try (DeviceRuntime runtime = cpu()) {
      TunedWidths widths = new TunedWidths(new KernelCache(folder));
      assertThat(widths.find(Backend.CPU, runtime, operator, shape)).isEmpty();
      Tuning found = new Tuner(Backend.CPU, runtime, widths).tune(operator, shape, text -> {});
      assertThat(found.measured()).hasSize(4).allMatch(Measured::agrees);
      assertThat(widths.find(Backend.CPU, runtime, operator, shape)).contains(found.chosen());
      assertThat(widths.find(Backend.CPU, runtime, operator, List.of(9, 9))).isEmpty();
      assertThat(widths.kernel(Backend.CPU, runtime, operator, shape))
          .isEqualTo(operator.kernel(found.chosen()));
    }
  }

  @Test
  void aDamagedRecordIsNoRecord() throws IOException {
    Operator sum = Operators.named("sum");
    try (DeviceRuntime runtime = cpu()) {
      TunedWidths widths = new TunedWidths(new KernelCache(folder));
      widths.remember(
          Backend.CPU, runtime, sum, new Tuning("sum", SMALL, List.of(measured(64, true, 1)), 64));
      assertThat(widths.find(Backend.CPU, runtime, sum, SMALL)).contains(64);
      try (Stream<Path> files = Files.list(folder)) {
        Path record = files.filter(f -> f.toString().endsWith(".width")).findFirst().orElseThrow();
        Files.writeString(record, "16");
      }
      assertThat(widths.find(Backend.CPU, runtime, sum, SMALL)).isEmpty();
      assertThat(widths.kernel(Backend.CPU, runtime, sum, SMALL))
          .isEqualTo(sum.kernel(runtime.groupWidth()));
    }
  }

  @ParameterizedTest
  @CsvSource({"sum,2", "sum,0x4", "int4_gemv,16x65", "int8_block_sparse_gemv,16x65", "axpy,4"})
  void shapesThatAnOperatorDoesNotHaveAreRefused(String name, String sizes) {
    assertThat(refusal(name, sizes)).startsWith("tune " + name).hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource({
    "sum,99999936x64000000",
    "softmax,999999999x999999999",
    "rms_norm,1x2147483647",
    "argmax,65536x65536",
    "neuron_dots,2147483647x1",
    "decode_attention,999999999x999999999x999999999",
    "int4_gemv,2147483647x2147483584",
    "int8_gemm,2147483647x2147483647x2147483584",
    "int4_masked_gemv,99999936x64000000",
    "int8_block_sparse_gemv,99999936x64000000",
  })
  void shapesThatNoMemoryHoldsAreRefusedBeforeItIsTaken(String name, String sizes) {
    assertThat(refusal(name, sizes))
        .matches(
            "tune %s %s: expected .* (GB|words); choose a smaller shape".formatted(name, sizes));
  }

  private static DeviceRuntime cpu() {
    return Presence.require("cpu", Backend.CPU::open);
  }

  private static List<Integer> shape(String sizes) {
    return Stream.of(sizes.split("x")).map(Integer::valueOf).toList();
  }

  /** The error message for a shape that tuning rejects. */
  private String refusal(String name, String sizes) {
    try (DeviceRuntime runtime = cpu()) {
      Tuner tuner = new Tuner(Backend.CPU, runtime, new TunedWidths(new KernelCache(folder)));
      KernelException refused =
          catchThrowableOfType(
              KernelException.class,
              () -> tuner.tune(Operators.named(name), shape(sizes), text -> {}));
      assertThat(refused).as("a refusal").isNotNull();
      return String.valueOf(refused.getMessage());
    }
  }
}
