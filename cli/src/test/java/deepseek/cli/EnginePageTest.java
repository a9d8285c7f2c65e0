package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of docs/engine.md run, and show what the page says of them. */
class EnginePageTest {
  @TempDir Path folder;

  @Test
  void theProgramsDoWhatThePageSays() throws IOException, InterruptedException {
    var programs = new DocumentedPrograms(Path.of("../docs/engine.md"), folder);
    assertThat(programs.names()).containsExactly("Crowd", "Ids");
    assertThat(programs.run("Crowd", Models.TINY))
        .contains("The sky is", "The sea is", "A forest is")
        .containsPattern("\\d+ tokens in \\d+ steps\n");
    assertThat(programs.run("Ids", Models.TINY))
        .containsPattern(".+ -\\d+[.,]\\d\\d\n")
        .containsPattern("\n\\d+ tokens guessed\n");
  }
}
