package deepseek;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class EnvironmentTest {
  private static final Path HOME = Path.of("/home/of");

  private static Environment of(Map<String, String> variables) {
    return new Environment(variables, HOME);
  }

  @Test
  void cachesFollowTheVariables() {
    assertThat(of(Map.of()).ownCache()).isEqualTo(HOME.resolve(".cache/deepseek"));
    assertThat(of(Map.of("XDG_CACHE_HOME", "/c")).ownCache()).isEqualTo(Path.of("/c/deepseek"));
    assertThat(of(Map.of("XDG_CACHE_HOME", "/c", "DEEPSEEK_CACHE", "~/d")).ownCache())
        .isEqualTo(HOME.resolve("d"));
    assertThat(of(Map.of("DEEPSEEK_CACHE", " ")).ownCache())
        .isEqualTo(HOME.resolve(".cache/deepseek"));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void homeIsTheShellsBeforeTheListOfUsers() {
    assertThat(Environment.homeOf(Map.of("HOME", "/h"))).isEqualTo(Path.of("/h"));
    Path listed = Path.of(System.getProperty("user.home"));
    assertThat(Environment.homeOf(Map.of())).isEqualTo(listed);
    assertThat(Environment.homeOf(Map.of("HOME", ""))).isEqualTo(listed);
  }

  @Test
  void pathsNameOtherVariables() {
    Environment environment = of(Map.of("A", "${B}/$C/$D", "B", "/b", "C", "c"));
    assertThat(environment.path("A")).contains(Path.of("/b/c/$D"));
    assertThat(environment.path("E")).isEmpty();
  }

  @Test
  void whatIsBlankIsUnset() {
    Environment environment = of(Map.of("A", "  ", "B", " b ", "C", "yes", "D", "0"));
    assertThat(environment.text("A")).isEmpty();
    assertThat(environment.text("B")).contains("b");
    assertThat(environment.isTrue("C")).isTrue();
    assertThat(environment.isTrue("D")).isFalse();
  }

  @Test
  void wordsArePartedAsAShellPartsThem() {
    String command = " '/my tools/cc'\t-DX='a \"b\" c'\"d' e\"  -m64\n-g ";
    assertThat(of(Map.of("A", command)).words("A"))
        .containsExactly("/my tools/cc", "-DX=a \"b\" cd' e", "-m64", "-g");
    assertThat(of(Map.of("A", " ")).words("A")).isEmpty();
    assertThat(of(Map.of("A", "cc '$1 \"\"")).words("A")).containsExactly("cc", "'$1", "");
  }
}
