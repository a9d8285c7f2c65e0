package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./deepseek} enables the Vector API exactly when {@link KernelChoice} needs it. */
class VectorOptionTest {
  private static final String ASKED = "--add-modules=" + VectorKernels.MODULE;

  @TempDir private Path folder;
  private Path compiler;

  @BeforeEach
  void thereIsACompilerOfAnUnusualName() throws IOException {
    compiler = Files.createDirectory(folder.resolve("my tools")).resolve("tcc");
    Files.writeString(compiler, "");
    Files.setPosixFilePermissions(compiler, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void theCommandsFirstWordIsTheCompiler() throws Exception {
    assertThat(option("tcc")).isEmpty();
    assertThat(option(" tcc\t-m64 nothing")).isEmpty();
    assertThat(option("nothing tcc")).isEqualTo(ASKED);
    assertThat(option("nothing")).isEqualTo(ASKED);
  }

  @Test
  void aPathMayHaveBlanks() throws Exception {
    assertThat(option(compiler.toString())).isEmpty();
    assertThat(option("'" + compiler + "' -m64")).isEmpty();
    assertThat(option("\"" + compiler + "\" -m64")).isEmpty();
    assertThat(option(compiler + " -m64")).isEqualTo(ASKED);
  }

  @Test
  void blankIsUnset() throws Exception {
    assertThat(option("  ")).isEqualTo(ASKED);
    Files.move(compiler, compiler.resolveSibling("gcc"));
    assertThat(option("  ")).isEmpty();
    assertThat(option("nothing")).isEqualTo(ASKED);
  }

  @Test
  void aCompilerThatFailedTheLastTimeIsNone() throws Exception {
    assertThat(option("tcc")).isEmpty();
    Files.writeString(
        Files.createDirectory(folder.resolve("kernels")).resolve("compiler-failed"), "");
    assertThat(option("tcc")).isEqualTo(ASKED);
  }

  private String option(String cc) throws Exception {
    Path script = Path.of("..", ".ci", "jdk.sh").toAbsolutePath();
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", "-euc", ". \"$0\"; vector_option", script.toString())
            .redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("DEEPSEEK_"));
    builder
        .environment()
        .putAll(
            Map.of(
                "PATH",
                Objects.requireNonNull(compiler.getParent()).toString(),
                "CC",
                cc,
                "DEEPSEEK_CACHE",
                folder.toString()));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.strip();
  }
}
