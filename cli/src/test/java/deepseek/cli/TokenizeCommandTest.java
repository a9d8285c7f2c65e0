package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenizeCommandTest {
  @Test
  void showsIdAndSpellingOfEachToken() {
    Ran ran = Ran.deepseek("tokenize", Models.TINY, "the sky");
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out().lines().map(String::strip))
        .containsExactly("119  t", "260  he", "264  Ġsky");
  }

  @Test
  void idsDecodeToTheirText() {
    String text = "the sky é 🦆\n";
    Ran ids = Ran.withInput(text, "tokenize", Models.TINY, "--ids");
    assertThat(ids.out()).hasLineCount(1);
    assertThat(Ran.withInput(ids.out(), "tokenize", Models.TINY, "--decode").out())
        .isEqualTo(text + "\n");
  }

  @Test
  void specialTokensAreMereCharactersInPlainText() {
    assertThat(Ran.deepseek("tokenize", Models.TINY, "--ids", "<|im_end|>").out().strip())
        .isEqualTo("2");
    assertThat(Ran.deepseek("tokenize", Models.TINY, "--ids", "--plain", "<|im_end|>").out())
        .contains(" ");
  }

  @Test
  void decodingTakesNoOptionsOfEncoding() {
    for (String option : new String[] {"--ids", "--plain"}) {
      Ran ran = Ran.deepseek("tokenize", Models.TINY, "--decode", option, "12");
      assertThat(ran.exitCode()).isEqualTo(2);
      assertThat(ran.err()).contains("--decode", option).hasLineCount(1);
    }
  }

  @Test
  void whatIsNoIdIsRefused() {
    Ran word = Ran.deepseek("tokenize", Models.TINY, "--decode", "12", "dozen");
    assertThat(word.exitCode()).isEqualTo(2);
    assertThat(word.err()).contains("dozen").hasLineCount(1);
    Ran huge = Ran.deepseek("tokenize", Models.TINY, "--decode", "99999999999");
    assertThat(huge.exitCode()).isEqualTo(2);
    assertThat(huge.err()).contains("99999999999").hasLineCount(1);
  }

  /** Models have rows without tokens and may choose them. */
  @Test
  void idsWithoutATokenAreNothing() {
    Ran beyond = Ran.deepseek("tokenize", Models.TINY, "--decode", "12", "99999");
    assertThat(beyond.exitCode()).isZero();
    assertThat(beyond.out())
        .isEqualTo(Ran.deepseek("tokenize", Models.TINY, "--decode", "12").out());
  }
}
