package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexCostTest {
  @ParameterizedTest
  @CsvSource({
    "'a', true",
    "' {2,}', true",
    "'\\s+|b', true",
    "'(?:ab|c)+', true",
    "'[^\\S\\n]+', true",
    "'\\p{L}{1,3}x*', true",
    "'(?i:a|b)', true",
    "'', false",
    "'a|', false",
    "'a*', false",
    "'^|$', false",
    "'(a?)b?', false",
    "'(?=a)', false",
    "'\\b', false",
    "'a{0,3}', false",
    "'a)', false",
    "'(a', false",
  })
  void regexesThatMayMatchNothingAreFound(String regex, boolean consumes) {
    assertThat(RegexCost.consumes(regex)).isEqualTo(consumes);
  }

  /** Patterns of published models: runs of a million characters, texts of any length. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+"
            + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lo}&&[^\\p{Han}]]*[\\p{Ll}\\p{Lo}]+(?i:'s|'t)?"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s+(?!\\S)|\\s+",
        "(?<=\\d)(?=(\\d{3})+(?!\\d))",
        "\\d{1,3}(?=(?:\\d{3})*\\b)",
        " ?[^(\\s|[.,!?…。，、।۔،])]+"
      })
  void patternsInUseHaveReach(String regex) {
    RegexCost.Limit limit = RegexCost.limit(regex);
    assertThat(limit.chars()).isGreaterThan(1_000_000);
    assertThat(limit.ofAKind()).isTrue();
  }

  /** Patterns without a bound in the text's length, and unknown syntax. */
  @ParameterizedTest
  @ValueSource(
      strings = {"(a|a)*c", "(a*)*c", "(?:a+b?)+c", "a*a*a*c", "(a)\\1", "(?<=a", "[a", "a{2,1}"})
  void patternsWithoutReachAreFound(String regex) {
    assertThat(RegexCost.limit(regex).chars()).isLessThan(4096);
  }

  @ParameterizedTest
  @ValueSource(strings = {".*c", "[^c]*c", "[\\w\\s]*c"})
  void whatRunsOverSpacesIsBoundedByTheWholeText(String regex) {
    RegexCost.Limit limit = RegexCost.limit(regex);
    assertThat(limit.chars()).isBetween(1_000_000, 10_000_000);
    assertThat(limit.ofAKind()).isFalse();
  }
}
