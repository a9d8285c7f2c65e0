package deepseek.text.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.files.DataException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A set of texts that an answer may be; immutable and thread-safe.
 *
 * <pre>{@code
 * Grammar date = Grammar.ofRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}");
 * date.matches("2026-11-29"); // true
 * date.start().accept("20".getBytes(UTF_8)).isDead(); // false: it is the beginning of a date
 * }</pre>
 *
 * <p>All factories throw {@link DataException} for what they don't support, naming it, for left
 * recursion, for rules that no text satisfies, and for grammars that are too large.
 */
public final class Grammar {
  private final Program program;

  private Grammar(Map<String, Expression> rules) {
    this.program = Compiler.compile(rules);
  }

  /**
   * The grammar of a GBNF text, the format of llama.cpp; it begins at the rule {@code root}.
   *
   * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md">GBNF</a>
   */
  public static Grammar ofGbnf(String text) {
    return new Grammar(new GbnfParser(text).rules());
  }

  /**
   * The texts that a regular expression matches as a whole: literals, classes, {@code \d \w \s},
   * groups, alternatives, quantifiers, and anchors at the ends, with the meaning that Java and
   * ECMAScript have in common.
   */
  public static Grammar ofRegex(String regex) {
    return new Grammar(Map.of("regex", RegexParser.whole(regex)));
  }

  /**
   * JSON texts that are valid by a JSON schema, with properties in declared order and a bounded
   * amount of whitespace.
   *
   * @param schema an object, {@code true} or {@code false}
   */
  public static Grammar ofJsonSchema(JsonNode schema) {
    return new Grammar(new SchemaRules(schema).rules());
  }

  /** Any JSON object, with a bounded amount of whitespace. */
  public static Grammar json() {
    return new Grammar(JsonRules.anyObject());
  }

  /** The state before the first byte. */
  public GrammarState start() {
    return program.start();
  }

  /** Whether the grammar contains this text. */
  public boolean matches(String text) {
    return start().accept(text.getBytes(StandardCharsets.UTF_8)).canEnd();
  }
}
