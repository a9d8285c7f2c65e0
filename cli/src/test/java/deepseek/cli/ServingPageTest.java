package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServingPageTest {
  @TempDir Path folder;

  @Test
  void theProgramDoesWhatThePageSays() throws IOException, InterruptedException {
    var programs = new DocumentedPrograms(Path.of("../docs/serving.md"), folder);
    assertThat(programs.names()).containsExactly("Serving");
    assertThat(programs.run("Serving", Models.TINY)).endsWith("200\n");
  }
}
