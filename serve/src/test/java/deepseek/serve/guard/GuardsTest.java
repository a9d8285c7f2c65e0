package deepseek.serve.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.serve.ServeException;
import deepseek.serve.guard.Guard.Direction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardsTest {
  private static final Set<Direction> BOTH = EnumSet.allOf(Direction.class);

  @Test
  void patternsAreFoundAnywhereInAnyCase() {
    PatternGuard guard = PatternGuard.of("words", BOTH, List.of("secret", "\\b\\d{4} \\d{4}\\b"));
    assertThat(guard.objection("the SECRET sky")).contains("matches secret");
    assertThat(guard.objection("card 1234 5678.")).isPresent();
    assertThat(guard.objection("the sky")).isEmpty();
  }

  @Test
  void noPatternAndNoTextHoldsItUp() {
    PatternGuard guard = PatternGuard.of("bomb", BOTH, List.of("(a*)*b", "(x+x+)+y"));
    assertThat(guard.objection("a".repeat(200_000) + "x".repeat(200_000))).isEmpty();
  }

  @Test
  void filesHaveAnExpressionOnALine(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("deny.txt"), "# words\nsecret\n\n");
    assertThat(PatternGuard.read(file, BOTH).objection("a secret")).isPresent();
    assertThat(PatternGuard.read(file, BOTH).objection("# words")).isEmpty();
    Files.writeString(file, "(");
    assertThatThrownBy(() -> PatternGuard.read(file, BOTH))
        .isInstanceOf(ServeException.class)
        .hasMessageContaining("'('");
    assertThatThrownBy(() -> PatternGuard.read(folder.resolve("none"), BOTH))
        .isInstanceOf(ServeException.class);
  }

  @Test
  void theAuditLogOnlyGrows(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("audit.jsonl");
    for (int i = 0; i < 2; i++) {
      try (AuditLog log = new AuditLog(file)) {
        log.add(new AuditLog.Entry("req_" + i, "anyone", Direction.INPUT, "words", "why", "abc"));
      }
    }
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst())
        .contains("\"request\":\"req_0\"", "\"direction\":\"input\"", "\"length\":3")
        .contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        .doesNotContain("abc\"");
  }
}
