package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuickstartCommandTest {
  @Test
  void asksTwoQuestionsAndSaysWhatToTryNext() {
    Ran ran = Ran.deepseek("quickstart", "--model", Models.TINY);
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out().lines().filter(line -> line.startsWith("> "))).hasSize(2);
    assertThat(ran.out()).contains("tokens/s", "Now try:", "chat " + Models.TINY);
  }

  @Test
  void searchesSentencesWhereThereIsNoModel() {
    Ran ran = Ran.deepseek("quickstart", "--model", "./nowhere", "--encoder", Models.ENCODER);
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out()).contains("can't be had", "semantic search", "embed --similarity");
    assertThat(ran.out().lines().filter(line -> line.matches("  -?\\d\\.\\d{3}  .*"))).hasSize(5);
  }

  @Test
  void neitherModelNorEncoderIsAnError() {
    Ran ran = Ran.deepseek("quickstart", "--model", "./nowhere", "--encoder", "./nowhere");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).hasLineCount(1);
  }
}
