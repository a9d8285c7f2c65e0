package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of docs/generation.md run, and show what the page says of them. */
class GenerationPageTest {
  @TempDir Path folder;

  @Test
  void theProgramsDoWhatThePageSays() throws IOException, InterruptedException {
    var programs = new DocumentedPrograms(Path.of("../docs/generation.md"), folder);
    assertThat(programs.names()).containsExactly("Answer", "Batch", "Sentiment", "Stopped", "Talk");
    assertThat(programs.run("Answer", Models.TINY))
        .containsPattern("(STOP|LENGTH|STOP_STRING) after \\d+ tokens\n\\d+ tokens/s\n");
    assertThat(programs.run("Batch", Models.TINY))
        .contains("0 goes on:", "1 goes on:", "2 goes on:", "\nThe largest planet is");
    assertThat(programs.run("Sentiment", Models.TINY).lines())
        .allMatch(line -> line.matches(".* positive is \\d+[.,]\\d\\d times as likely"))
        .hasSize(2);
    assertThat(programs.run("Stopped", Models.TINY)).endsWith("cancelled\n");
    assertThat(programs.run("Talk", Models.TINY).lines())
        .filteredOn(line -> line.endsWith(" tokens of the prompt were run"))
        .hasSize(2);
  }
}
