package deepseek.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WordWrapTest {
  private static String wrapped(int columns, String... pieces) {
    StringBuilder out = new StringBuilder();
    WordWrap wrap = new WordWrap(columns, out::append);
    for (String piece : pieces) {
      wrap.write(piece);
    }
    wrap.flush();
    return out.toString();
  }

  @Test
  void aWordThatDoesNotFitBeginsALine() {
    assertThat(wrapped(10, "The sky is blue today.")).isEqualTo("The sky is\nblue \ntoday.");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void piecesChangeNothing(int length) {
    String text = "Rayleigh scattering\n\n  makes the   sky look blue, doesn't it?";
    assertThat(wrapped(12, text.split("(?<=\\G.{" + length + "})"))).isEqualTo(wrapped(12, text));
  }

  @Test
  void noLineIsLongerUnlessItsWordIs() {
    String text = "a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh ".repeat(9);
    assertThat(wrapped(11, text).lines()).allMatch(line -> line.length() <= 11);
  }

  @ParameterizedTest
  @CsvSource({"6, aaaaaaaaaaaaaa", "4, aaaaaaaa"})
  void aWordLongerThanALineIsLeftWhole(int columns, String word) {
    assertThat(wrapped(columns, word)).isEqualTo(word);
  }

  @Test
  void wideLettersTakeTwoColumns() {
    assertThat(wrapped(6, "ab 漢字")).isEqualTo("ab \n漢字");
  }
}
