package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of docs/grammars.md compiles. */
class GrammarsPageTest {
  @TempDir Path folder;

  @Test
  void theProgramCompiles() throws IOException {
    assertThat(new DocumentedPrograms(Path.of("../docs/grammars.md"), folder).names())
        .containsExactly("Form");
  }
}
