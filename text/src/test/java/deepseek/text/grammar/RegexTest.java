package deepseek.text.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTest {
  private static final String[] ATOMS = {
    "a",
    "b",
    "é",
    "😀",
    ".",
    "\\d",
    "\\w",
    "\\s",
    "\\D",
    "\\W",
    "[ab]",
    "[^ab]",
    "[a-z0-9_]",
    "[^\\d\\s]",
    "[\\w-]",
    "\\.",
    "\\x61",
    "\\u00e9",
    "\\uD83D\\uDE00",
    "\\n",
    "[\\]\\\\^]"
  };
  private static final String[] QUANTIFIERS = {
    "", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"
  };
  private static final String[] LETTERS = {
    "a", "b", "c", "é", "😀", "0", "9", "_", "-", " ", "\n", ".", "\\", "]", "^", "中"
  };

  private static String regex(Random random, int depth) {
    StringBuilder out = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int kind = random.nextInt(depth > 0 ? 8 : 5);
      String atom =
          switch (kind) {
            case 5 -> "(" + regex(random, depth - 1) + ")";
            case 6 -> "(?:" + regex(random, depth - 1) + "|" + regex(random, depth - 1) + ")";
            case 7 -> "(?<name" + random.nextInt(1 << 30) + ">" + regex(random, depth - 1) + "|)";
            default -> ATOMS[random.nextInt(ATOMS.length)];
          };
      out.append(atom).append(QUANTIFIERS[random.nextInt(QUANTIFIERS.length)]);
    }
    return out.toString();
  }

  /** Texts of random letters, and texts made by following the grammar. */
  private static List<String> texts(Random random, Grammar grammar) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      StringBuilder any = new StringBuilder();
      StringBuilder fitting = new StringBuilder();
      for (int length = random.nextInt(8); length > 0; length--) {
        any.append(LETTERS[random.nextInt(LETTERS.length)]);
        for (int attempt = 0; attempt < 10; attempt++) {
          String next = fitting + LETTERS[random.nextInt(LETTERS.length)];
          if (!grammar.start().accept(next.getBytes(StandardCharsets.UTF_8)).isDead()) {
            fitting = new StringBuilder(next);
            break;
          }
        }
      }
      texts.add(any.toString());
      texts.add(fitting.toString());
    }
    return texts;
  }

  @Test
  void matchesWhatJavaMatches() {
    Random random = new Random(1);
    int matched = 0;
    for (int i = 0; i < 1500; i++) {
      String regex = regex(random, 3);
      Pattern java = Pattern.compile(regex);
      Grammar grammar = Grammar.ofRegex(regex);
      for (String text : texts(random, grammar)) {
        boolean matches = java.matcher(text).matches();
        assertThat(grammar.matches(text)).as("%s on %s", regex, text).isEqualTo(matches);
        matched += matches ? 1 : 0;
      }
    }
    assertThat(matched).isGreaterThan(5_000);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "^ab$|ab|true",
        "a]}|a]}|true",
        "[-a]|-|true",
        "[a-]|-|true",
        "\\/\\-|/-|true",
      },
      delimiter = '|')
  void syntax(String regex, String text, boolean matches) {
    assertThat(Grammar.ofRegex(regex).matches(text)).isEqualTo(matches);
  }

  @Test
  void anchorsBelongToAlternatives() {
    Grammar either = Grammar.ofRegex("^a|b$");
    assertThat(either.matches("a")).isTrue();
    assertThat(either.matches("b")).isTrue();
    assertThat(either.matches("ab")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!a)",
        "(?i)a",
        "(?>a)",
        "\\1",
        "\\bа",
        "\\p{L}",
        "\\Qa\\E",
        "a*+",
        "a++",
        "a??+",
        "a{1",
        "a{x}",
        "a{2,1}",
        "*a",
        "a**",
        "(a",
        "a)",
        "[a",
        "[]",
        "[^]",
        "[a&&b]",
        "[[a]]",
        "[z-a]",
        "[a-\\d]",
        "[\\d-z]",
        "a^b",
        "a$b",
        "(^a)",
        "\\uD800",
        "\\uD800a",
        "\\v",
        "\\",
        "\\c",
        "{",
        "a{9999999}"
      })
  void whatIsNotSupportedIsRefused(String regex) {
    assertThatThrownBy(() -> Grammar.ofRegex(regex))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("read regular expression: expected ");
  }

  /** Each would take a backtracking matcher longer than the universe has existed. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a*)*b",
        "(a+)+b",
        "(a|a)*b",
        "(a|aa)+b",
        "((a{0,100}){0,100}){0,100}b",
        "(a?){100}a{100}b"
      })
  void nestedQuantifiersAreFast(String regex) {
    Grammar grammar = Grammar.ofRegex(regex);
    assertThat(grammar.matches("a".repeat(150))).isFalse();
    assertThat(grammar.matches("a".repeat(150) + "b")).isTrue();
  }

  @Test
  void deepGroupsAreRefused() {
    String deep = "(".repeat(50_000) + "a" + ")".repeat(50_000);
    assertThatThrownBy(() -> Grammar.ofRegex(deep)).hasMessageContaining("200 nested groups");
  }

  @Test
  void longRepetitionsAreCounted() {
    Grammar grammar = Grammar.ofRegex("(ab){1000,100000}");
    assertThat(grammar.matches("ab".repeat(999))).isFalse();
    assertThat(grammar.matches("ab".repeat(1000))).isTrue();
    assertThat(grammar.matches("ab".repeat(100_000))).isTrue();
    assertThat(grammar.matches("ab".repeat(100_001))).isFalse();
  }
}
