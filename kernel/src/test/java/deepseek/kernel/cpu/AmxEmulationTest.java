package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Products with AMX on a processor without it: a separate process emulates its instructions, see
 * {@code tools/kernels/amx}.
 */
class AmxEmulationTest {
  private static final int NOT_RUN = 77;

  @Test
  void comesToWhatAvx512ComesTo() throws Exception {
    Path script = Path.of("..", "tools", "kernels", "amx");
    Process process =
        new ProcessBuilder("bash", script.toString(), "vnni").redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    assumeThat(status).as(said).isNotEqualTo(NOT_RUN);
    assertThat(said).endsWith("amx, vnni: agree\n");
    assertThat(status).isZero();
  }
}
