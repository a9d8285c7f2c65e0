package deepseek.text.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GbnfTest {
  /** llama.cpp's grammars/arithmetic.gbnf, list.gbnf and json.gbnf. */
  private static final String ARITHMETIC =
      """
      root  ::= (expr "=" ws term "\\n")+
      expr  ::= term ([-+*/] term)*
      term  ::= ident | num | "(" ws expr ")" ws
      ident ::= [a-z] [a-z0-9_]* ws
      num   ::= [0-9]+ ws
      ws    ::= [ \\t\\n]*
      """;

  private static final String LIST =
      """
      root ::= item+

      # Excludes various line break characters
      item ::= "- " [^\\r\\n\\x0b\\x0c\\x85\\u2028\\u2029]+ "\\n"
      """;

  private static final String JSON =
      """
      root   ::= object
      value  ::= object | array | string | number | ("true" | "false" | "null") ws

      object ::=
        "{" ws (
                  string ":" ws value
          ("," ws string ":" ws value)*
        )? "}" ws

      array  ::=
        "[" ws (
                  value
          ("," ws value)*
        )? "]" ws

      string ::=
        "\\"" (
          [^"\\\\\\x7F\\x00-\\x1F] |
          "\\\\" (["\\\\bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
        )* "\\"" ws

      number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws

      # Optional space: by convention, applied in this grammar after literal chars when allowed
      ws ::= | " " | "\\n" [ \\t]{0,20}
      """;

  @ParameterizedTest
  @CsvSource(
      value = {
        "x = 3\\n~true",
        "1+2*(a -b)=c9\\n~true",
        "1+2=3~false",
        "1+=3\\n~false",
        "(1+2=3\\n~false",
        "((((1))))=1\\nx=y\\n~true",
        "X=1\\n~false",
      },
      delimiter = '~',
      ignoreLeadingAndTrailingWhitespace = false)
  void arithmetic(String text, boolean matches) {
    assertThat(Grammar.ofGbnf(ARITHMETIC).matches(text.replace("\\n", "\n"))).isEqualTo(matches);
  }

  @Test
  void listsOfAnyCharacters() {
    Grammar list = Grammar.ofGbnf(LIST);
    assertThat(list.matches("- a\n- äö 中文 😀\n")).isTrue();
    assertThat(list.matches("- a\u0085\n")).isFalse();
    assertThat(list.matches("- a\u2028\n")).isFalse();
    assertThat(list.matches("- \n")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "{}~true",
        "{\"a\": [1, -2.5e3, true, null, {\"b\": \"\\u00e9\\n\"}]}~true",
        "{\"a\": [1, -2.5e3, true, null, {\"b\": \"\\u00g9\"}]}~false",
        "{\"a\":}~false",
        "{\"a\":01}~false",
        "[]~false",
        "{\"a\":[[[[]]]]}~true",
        "{\"a\":[[[[]]]}~false",
      },
      delimiter = '~',
      ignoreLeadingAndTrailingWhitespace = false)
  void json(String text, boolean matches) {
    assertThat(Grammar.ofGbnf(JSON).matches(text)).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "\"a\"{2,3}~aa~true",
        "\"a\"{2,3}~a~false",
        "\"a\"{2,3}~aaaa~false",
        "\"a\"{2,}~aaaaa~true",
        "\"a\"{2,}~a~false",
        "\"a\"{3}~aaa~true",
        "(\"a\" | \"b\"){0,2} \"c\"~abc~true",
        "(\"a\" | \"b\"){0,2} \"c\"~abac~false",
        "\"\\x41\\u00e9\\U0001F600\"~Aé😀~true",
        "[\\]\\[\\-\\\\]+~[]-\\~true",
        "[a-c-]+~a-b~true",
        ".~😀~true",
        "\"a\" # \"b\"~a~true",
        "(\"a\"?){3,5} \"b\"~b~true",
        "(\"a\"?){3,5} \"b\"~aaaaab~true",
        "(\"a\"?){3,5} \"b\"~aaaaaab~false",
        "\"a\"{0}~a~false",
      },
      delimiter = '~')
  void syntax(String root, String text, boolean matches) {
    assertThat(Grammar.ofGbnf("root ::= " + root).matches(text)).isEqualTo(matches);
  }

  @Test
  void aStateKnowsWhetherItCanGoOnAndEnd() {
    GrammarState state = Grammar.ofGbnf("root ::= \"é\"+").start();
    assertThat(state.canEnd()).isFalse();
    byte[] utf8 = "é".getBytes(StandardCharsets.UTF_8);
    GrammarState half = state.accept(utf8[0]);
    assertThat(half.isDead()).isFalse();
    assertThat(half.canEnd()).isFalse();
    assertThat(half.accept(utf8[1]).canEnd()).isTrue();
    assertThat(half.accept(utf8[0]).isDead()).isTrue();
    assertThat(half.accept(utf8[1]).accept(utf8)).isEqualTo(half.accept(utf8[1]));
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "a ::= \"a\"~a rule named root",
        "root ::= b~a reference to 'b'",
        "root ::= \"a~more text",
        "root ::= [a-~more text",
        "root ::= []~an empty one",
        "root ::= [b-a]~one that descends",
        "root ::= (\"a\"~')'",
        "root ::= \"a\")~the end of rule 'root'",
        "root ::= \"a\"{3,2}~{3,2}",
        "root ::= \"a\"{99999999}~1000000 repetitions",
        "root ::= \"\\q\"~an escape of GBNF",
        "root = \"a\"~'::='",
        "root ::= root \"a\" | \"a\"~left-recursive",
        "root ::= \"b\"? root \"a\" | \"a\"~left-recursive",
        "root ::= \"a\" root~always needs itself",
        "root ::= \"\\uD800\"~unpaired surrogate",
      },
      delimiter = '~')
  void whatIsWrongIsNamed(String grammar, String message) {
    assertThatThrownBy(() -> Grammar.ofGbnf(grammar))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  @Test
  void rulesAreDefinedOnce() {
    assertThatThrownBy(() -> Grammar.ofGbnf("root ::= \"a\"\nroot ::= \"b\""))
        .hasMessageContaining("two of 'root'");
  }

  /** Ambiguous grammars have as many stacks as bytes, not twice as many with each byte. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"a\"",
        "root ::= \"a\" root root | \"a\"",
        "root ::= (\"a\"*)* \"b\"",
        "root ::= ((\"a\" | \"aa\"){0,500} | \"a\"*){0,50}",
        "root ::= (x x? x?)*\nx ::= \"a\" y?\ny ::= \"a\" | x",
      })
  void stacksAreBounded(String grammar) {
    GrammarState state = Grammar.ofGbnf(grammar).start();
    for (int i = 0; i < 100; i++) {
      state = state.accept((byte) 'a');
      assertThat(state.isDead()).isFalse();
      assertThat(state.items()).hasSizeLessThan(2_000);
    }
  }

  @Test
  void deepTextsNeedNoJavaStack() {
    GrammarState state =
        Grammar.ofGbnf(JSON).start().accept("{\"a\":".getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < 100_000; i++) {
      state = state.accept((byte) '[');
    }
    for (int i = 0; i < 100_000; i++) {
      state = state.accept((byte) ']');
    }
    assertThat(state.accept((byte) '}').canEnd()).isTrue();
  }

  @Test
  void rightRecursionNeedsNoStack() {
    GrammarState state = Grammar.ofGbnf("root ::= \"a\" root | \"b\"").start();
    GrammarState once = state.accept((byte) 'a');
    assertThat(once.accept((byte) 'a')).isEqualTo(once);
  }

  @Test
  void groupsAreNestedSoDeepOnly() {
    String deep = "root ::= " + "(".repeat(100_000) + "\"a\"" + ")".repeat(100_000);
    assertThatThrownBy(() -> Grammar.ofGbnf(deep)).hasMessageContaining("200 nested groups");
  }
}
