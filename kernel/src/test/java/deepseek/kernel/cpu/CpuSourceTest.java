package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.GgmlType;
import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CompiledCode;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.Presence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The C compiles for every instruction set that it has code for, this processor's or not. A failure
 * would go unnoticed otherwise, because processes fall back to other kernels.
 */
class CpuSourceTest {
  private static final List<String> STRICT =
      List.of("-O1", "-std=gnu11", "-ffp-contract=fast", "-fno-math-errno", "-Wall", "-Wextra");

  private static final Pattern GGML_TYPE = Pattern.compile("\\bF_(\\w+) = (\\d+)");

  @TempDir private Path folder;
  private CompiledCode code;
  private boolean isGcc;

  @BeforeEach
  void thereIsACompiler() {
    CCompiler compiler = Presence.compiler();
    isGcc = !compiler.version().contains("clang");
    code = new CompiledCode(new KernelCache(folder), compiler);
  }

  @ParameterizedTest
  @EnumSource
  void compilesWithoutAWarning(InstructionSet target) {
    List<String> flags = new ArrayList<>(STRICT);
    if (isGcc) { // its warnings are the same on every machine
      flags.addAll(List.of("-Wno-psabi", "-Werror"));
    }
    flags.addAll(flagsOf(target));
    assertThat(code.library("cpu-kernels", CpuKernels.source(), flags)).isNotEmptyFile();
  }

  /** An undefined function would only be noticed on processors of this kind. */
  @ParameterizedTest
  @EnumSource
  void whatModelsNeedCallsNothingElse(InstructionSet target) {
    List<String> flags =
        new ArrayList<>(List.of("-O0", "-std=gnu11", "-Werror=implicit-function-declaration"));
    flags.addAll(flagsOf(target));
    assertThat(code.library("cpu-kernels", CpuKernels.usualSource(), flags)).isNotEmptyFile();
  }

  /** The C's names of GGML's types have the numbers of {@link GgmlType}. */
  @Test
  void numbersGgmlTypesAsJavaDoes() {
    assertThat(GGML_TYPE.matcher(CpuKernels.source()).results())
        .isNotEmpty()
        .allSatisfy(
            type ->
                assertThat(Integer.parseInt(type.group(2)))
                    .as(type.group(1))
                    .isEqualTo(GgmlType.valueOf(type.group(1)).id()));
  }

  private static List<String> flagsOf(InstructionSet target) {
    String here = CpuFeatures.detect().architecture();
    boolean isPlain = target.features.isEmpty();
    assumeThat(isPlain || here.equals("x86_64")).as("a target for it").isTrue();
    return new CpuFeatures(here, target.features).compilerFlags();
  }

  @Test
  void isWhatThisProcessUses() {
    CompiledKernels.require();
    assertThat(CpuKernels.loaded()).isPresent();
  }
}
