package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.kernel.KernelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Compilers that misbehave. */
@Timeout(60)
class CCompilerTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String ANSWER = "if [ \"$1\" = --version ]; then echo odd 1.0; exit; fi\n";

  @TempDir private Path folder;

  @Test
  void oneThatHangsWithItsOutputOpenIsEnded() throws IOException {
    assertThat(CCompiler.of(script("sleep 1000"), SHORT)).isEmpty();
  }

  /** Whether its output is seen is a race between the reader and the timeout. */
  @Test
  @Timeout(10)
  void oneThatLeavesAProcessBehindIsNotWaitedFor() throws IOException {
    Optional<CCompiler> found = CCompiler.of(script("sleep 20 & echo here"), SHORT);
    assertThat(found.map(CCompiler::version)).isIn(Optional.empty(), Optional.of("here"));
  }

  @Test
  void whatHangsWhileItCompilesIsSaid() throws IOException {
    CCompiler hanging =
        CCompiler.of(script(ANSWER + "echo working; sleep 1000"), LONG).orElseThrow();
    CCompiler limited =
        new CCompiler(hanging.command(), hanging.version(), List.of(), Map.of(), SHORT);
    assertThatThrownBy(() -> compile(limited))
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll("no end after 0.3 s", "set CC")
        .message()
        .hasLineCount(1);
  }

  @Test
  void whatItRefusesIsSaid() throws IOException {
    CCompiler failing =
        CCompiler.of(script(ANSWER + "echo note; echo 'x.c:1: error: no'; exit 3"), LONG)
            .orElseThrow();
    assertThat(failing.version()).isEqualTo("odd 1.0");
    assertThatThrownBy(() -> compile(failing))
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll("exit status 3", "x.c:1: error: no")
        .message()
        .hasLineCount(1);
  }

  @Test
  void oneThatFailsToSayItsVersionIsNone() throws IOException {
    assertThat(CCompiler.of(script("exit 1"), LONG)).isEmpty();
    assertThat(CCompiler.of(List.of(folder.resolve("nothing").toString()), LONG)).isEmpty();
  }

  @Test
  void oneThatWritesNothingIsNoFullDisk() throws IOException {
    CCompiler silent = CCompiler.of(script(ANSWER), LONG).orElseThrow();
    assertThatThrownBy(() -> compile(silent))
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll(silent.toString(), "write a library", "none");
  }

  @Test
  void whatItSaysIsMadeReadable() throws IOException {
    String noise = "printf '\\033[31m\\377\\376\\001 odd'; head -c 9999 /dev/zero; echo";
    CCompiler noisy = CCompiler.of(script(noise), LONG).orElseThrow();
    assertThat(noisy.version()).isEqualTo("[31m odd");
    CCompiler endless =
        CCompiler.of(script(ANSWER + "printf '%09999d' 0; exit 1"), LONG).orElseThrow();
    assertThatThrownBy(() -> compile(endless))
        .isInstanceOf(KernelException.class)
        .message()
        .hasSizeLessThan(500);
  }

  @Test
  void theLinkersReasonIsSaid() throws IOException {
    CCompiler failing =
        CCompiler.of(
                script(
                    ANSWER
                        + "echo 'ld: final link failed: No space left on device'\n"
                        + "echo 'collect2: error: ld returned 1 exit status'; exit 1"),
                LONG)
            .orElseThrow();
    assertThatThrownBy(() -> compile(failing))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("No space left on device");
  }

  /** A command of several words, like {@code ccache gcc}. */
  @Test
  void aProgramThatStartsTheCompilerIsGivenItsWords() throws IOException {
    List<String> command = new ArrayList<>(script("\"$@\""));
    command.addAll(script("[ \"$1\" = 'for all' ] && shift\n" + ANSWER + "echo error; exit 3"));
    command.add("for all");
    CCompiler both = CCompiler.of(command, LONG).orElseThrow();
    assertThat(both.version()).isEqualTo("odd 1.0 " + command.get(1) + " for all");
    assertThatThrownBy(() -> compile(both))
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll(String.join(" ", command), "exit status 3");
  }

  @Test
  void otherArgumentsMakeAnotherLibrary() throws IOException {
    List<String> command =
        script(
            "if [ $1 = -a ]; then shift; fi\n"
                + ANSWER
                + "while [ $1 != -o ]; do shift; done; echo made > $2");
    List<String> other = List.of(command.getFirst(), "-a");
    assertThat(compile(CCompiler.of(command, LONG).orElseThrow()))
        .isNotEqualTo(compile(CCompiler.of(other, LONG).orElseThrow()));
  }

  private Path compile(CCompiler compiler) {
    return new CompiledCode(new KernelCache(folder.resolve("cache")), compiler)
        .library("some", "int x;", List.of());
  }

  private List<String> script(String lines) throws IOException {
    Path script = Files.createTempFile(folder, "cc", "");
    Files.writeString(script, "#!/bin/sh\nPATH=/bin:/usr/bin\n" + lines + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return List.of(script.toString());
  }
}
