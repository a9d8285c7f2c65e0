package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.kernel.KernelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compilers for other machines fail. */
class OwnMachineTest {
  private static final String WIDE = "-mavx512f";

  @TempDir private Path folder;

  @BeforeEach
  void thisIsAnX86() {
    assumeThat(CpuFeatures.detect().architecture()).isEqualTo("x86_64");
  }

  @Test
  void aCompilerForAnotherMachineIsRefused() {
    assertThatThrownBy(() -> compile(OwnMachine.guard("aarch64", Set.of(), List.of())))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("another machine than this aarch64")
        .message()
        .hasLineCount(1);
  }

  @Test
  void instructionsThatTheProcessorLacksAreRefused() {
    assertThatThrownBy(() -> compile(OwnMachine.guard("x86_64", Set.of("avx2"), List.of())))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("it uses avx512f, which this processor lacks");
  }

  @Test
  void whatIsThereOrAskedForOrUnknownIsNot() {
    compile(OwnMachine.guard("x86_64", Set.of("avx2", "fma", "f16c", "avx512f"), List.of()));
    compile(OwnMachine.guard("x86_64", Set.of("avx2", "fma", "f16c"), List.of(WIDE)));
    compile(OwnMachine.guard("x86_64", Set.of(), List.of()));
  }

  private void compile(String source) {
    Path library =
        new CompiledCode(new KernelCache(folder), Presence.compiler())
            .library("some", source + "int x;", List.of("-O0", WIDE));
    assertThat(library).isNotEmptyFile();
  }
}
