package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of docs/frameworks.md run, and its versions are the build's. */
class FrameworksPageTest {
  private static final Path PAGE = Path.of("../docs/frameworks.md");

  @TempDir Path folder;

  @Test
  void theProgramsDoWhatThePageSays() throws IOException, InterruptedException {
    var programs = new DocumentedPrograms(PAGE, folder);
    assertThat(programs.names()).containsExactly("Moods", "Notes");
    assertThat(programs.run("Notes", Models.TINY, Models.ENCODER))
        .startsWith("Note: ")
        .containsPattern("(STOP|LENGTH), .*inputTokenCount = \\d+, outputTokenCount = \\d+");
    assertThat(programs.run("Moods", Models.TINY).lines().toList().getLast())
        .matches("Mood\\[cheerful=(true|false), weather=(SUN|RAIN)]");
  }

  @Test
  void theVersionsAreTheBuilds() throws IOException {
    String pom = Files.readString(Path.of("../pom.xml"));
    String page = Files.readString(PAGE);
    assertThat(page).contains("LangChain4j " + version(pom, "langchain4j") + " (");
    assertThat(page).contains("Spring AI " + version(pom, "spring-ai") + " (");
  }

  private static String version(String pom, String name) {
    String element = "<" + name + ".version>";
    int start = pom.indexOf(element) + element.length();
    return pom.substring(start, pom.indexOf('<', start));
  }
}
