package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/library.md is what a stranger copies: its program compiles, its versions are the build's.
 */
class LibraryPageTest {
  private static final Path PAGE = Path.of("../docs/library.md");
  private static final Path POM = Path.of("../pom.xml");

  @TempDir Path folder;

  private static List<String> blocks(String language) throws IOException {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(PAGE))
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  @Test
  void theProgramCompiles() throws IOException {
    assertThat(new DocumentedPrograms(PAGE, folder).names()).containsExactly("Hello");
  }

  @Test
  void versionsAreTheBuilds() throws IOException {
    String pom = Files.readString(POM);
    assertThat(blocks("xml").getFirst())
        .contains("<version>" + new Version().program() + "</version>");
    String javacpp = property(pom, "javacpp");
    String openblas = property(pom, "openblas").replace("${javacpp.version}", javacpp);
    String pytorch = property(pom, "pytorch").replace("${javacpp.version}", javacpp);
    assertThat(versions(blocks("xml").getLast())).containsExactly(javacpp, openblas, pytorch);
    assertThat(blocks("kotlin").getFirst())
        .contains(
            "deepseek-bom:" + new Version().program() + "\"",
            "javacpp:" + javacpp + ":linux-x86_64\"",
            "openblas:" + openblas + ":linux-x86_64\"",
            "pytorch:" + pytorch + ":linux-x86_64\"");
  }

  private static List<String> versions(String block) {
    return Pattern.compile("<version>(.*?)</version>")
        .matcher(block)
        .results()
        .map(version -> version.group(1))
        .toList();
  }

  private static String property(String pom, String name) {
    return Pattern.compile("<" + name + "\\.version>(.*?)</")
        .matcher(pom)
        .results()
        .map(version -> version.group(1))
        .findFirst()
        .orElseThrow();
  }
}
