package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.devices.ops.Operator;
import deepseek.devices.ops.Operators;
import deepseek.kernel.cpu.CompiledKernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsCommandTest {
  @Test
  void listNamesOperatorsAndWhatRunsThem() {
    Ran ran = Ran.deepseek("kernels", "list");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out())
        .contains(Operators.all().stream().map(Operator::name).toList())
        .contains("\n  cpu ", "\n  opencl ", "\n  vulkan ", "\n  cuda ");
  }

  @ParameterizedTest
  @CsvSource({
    "c, 'void axpy(void *const *arguments, int64_t begin, int64_t end) {'",
    "opencl, '__kernel '",
    "cuda, 'extern \"C\" __global__ '",
    "vulkan, '#version 450'",
    "CUDA, '__launch_bounds__(64)'",
  })
  void showPrintsTheSource(String target, String part) {
    Ran ran = Ran.deepseek("kernels", "show", "axpy", "--target", target);
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out()).contains(part);
  }

  @Test
  void widthIsThatOfAGroup() {
    assertThat(Ran.deepseek("kernels", "show", "sum", "--target", "cuda", "--width", "32").out())
        .contains("__launch_bounds__(32)");
    assertThat(Ran.deepseek("kernels", "show", "sum").out()).contains("#pragma omp simd");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernels",
        "kernels show",
        "kernels show nope",
        "kernels show axpy --target basic",
        "kernels show sum --width 0",
        "kernels tune nope",
        "kernels tune --shape 4x4",
        "kernels tune sum --shape 4,4",
        "kernels tune sum --target basic",
        "kernels tune products --target opencl",
        "kernels tune products --shape 64",
        "kernels tune products --shape 64x0",
        "kernels tune products --shape 64x64 --model some",
        "kernels tune sum --model some",
        "kernels tune --model some",
        "kernels tune products --quant int4",
        "kernels bench --sparse int4 --rows 1",
        "kernels bench --shape 64",
        "kernels bench --shape 100x64",
        "kernels bench --rows 8",
        "kernels bench --sparse int5",
        "kernels show sum --width 1000"
      })
  void wrongUsageIsOneLineAndExitCode2(String line) {
    Ran ran = Ran.deepseek(line.split(" "));
    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().lines()).singleElement().asString().endsWith("--help");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernels tune sum --json --shape 99999936x64000000",
        "kernels tune products --shape 262144x262144",
        "kernels bench --rows 1 --shape 999999936x999999936",
        "kernels bench --rows 4096 --shape 64x999999936",
        "kernels bench --sparse int4 --shape 999999936x999999936",
      })
  void aShapeThatNoMemoryHoldsIsOneLine(String line) {
    CompiledKernels.require();
    Ran ran = Ran.deepseek(line.split(" "));
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).contains("choose a smaller shape").hasLineCount(1);
  }

  @Test
  void anUnknownOperatorBringsTheList() {
    assertThat(Ran.deepseek("kernels", "show", "nope").err()).contains("'nope'", "rms_norm");
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "show", "tune"})
  void theirHelpFitsATerminal(String verb) {
    Ran ran = Ran.deepseek("kernels", verb, "--help");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out()).contains("Usage: deepseek kernels " + verb).contains("Examples:");
    assertThat(ran.out().lines()).allMatch(text -> text.length() <= 100);
  }

  @Test
  void benchTimesProductsBesideLibtorchs() throws IOException {
    CompiledKernels.require();
    Ran ran =
        Ran.deepseek(
            "kernels", "bench", "--shape", "512x512", "--rows", "1,32", "-r", "1", "--json");
    assertThat(ran.exitCode()).isZero();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : ran.out().lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    assertThat(lines).hasSizeGreaterThanOrEqualTo(10);
    assertThat(lines)
        .allSatisfy(line -> assertThat(line.get("seconds").doubleValue()).isPositive())
        .allSatisfy(line -> assertThat(line.get("ratio").doubleValue()).isPositive());
    assertThat(lines.stream().map(line -> line.get("peer").textValue()))
        .contains("_weight_int4pack_mm", "_weight_int8pack_mm", "_int_mm", "bf16 linear");
  }
}
