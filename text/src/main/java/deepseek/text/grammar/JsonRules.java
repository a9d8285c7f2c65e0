package deepseek.text.grammar;

import static deepseek.text.grammar.Expression.any;
import static deepseek.text.grammar.Expression.chars;
import static deepseek.text.grammar.Expression.choice;
import static deepseek.text.grammar.Expression.optional;
import static deepseek.text.grammar.Expression.sequence;
import static deepseek.text.grammar.Expression.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Rules of JSON. Whitespace is bounded: a space or a line break with up to 32 spaces after each
 * bracket and comma, and a space after each colon; so are the digits of a number.
 */
final class JsonRules {
  static final Expression VALUE = new Expression.Reference("value");
  static final Expression OBJECT = new Expression.Reference("object");
  static final Expression ARRAY = new Expression.Reference("array");
  static final Expression STRING = new Expression.Reference("string");
  static final Expression NUMBER = new Expression.Reference("number");
  static final Expression GAP = new Expression.Reference("gap");
  static final Expression COLON = sequence(text(":"), optional(text(" ")));
  static final Expression NULL = text("null");
  static final Expression BOOLEAN = choice(text("true"), text("false"));

  private static final int MAX_INDENT = 32;
  static final int MAX_DIGITS = 16;

  /** Characters that a string may contain without an escape. */
  private static final CodePoints RAW =
      CodePoints.range(0, 0x1F).complement().without(CodePoints.of("\"\\"));

  private static final Expression HEX =
      new Expression.Chars(
          CodePoints.union(
              List.of(
                  CodePoints.range('0', '9'),
                  CodePoints.range('a', 'f'),
                  CodePoints.range('A', 'F'))));

  /** One character of a string; escapes of surrogates come in pairs. */
  static final Expression CHARACTER =
      choice(
          new Expression.Chars(RAW),
          sequence(
              text("\\"),
              choice(
                  chars("\"\\/bfnrt"),
                  sequence(
                      text("u"),
                      choice(
                          sequence(chars("0123456789ABCEFabcef"), HEX, HEX, HEX),
                          sequence(chars("Dd"), chars('0', '7'), HEX, HEX),
                          sequence(
                              chars("Dd"),
                              chars("89ABab"),
                              HEX,
                              HEX,
                              text("\\u"),
                              chars("Dd"),
                              chars("CDEFcdef"),
                              HEX,
                              HEX))))));

  private static final Expression DIGIT = chars('0', '9');

  private JsonRules() {}

  /** The rules of any object, root first. */
  static Map<String, Expression> anyObject() {
    Map<String, Expression> rules = new LinkedHashMap<>();
    rules.put("root", OBJECT);
    rules.putAll(shared());
    return rules;
  }

  /** The rules that the constants refer to. */
  static Map<String, Expression> shared() {
    Map<String, Expression> rules = new LinkedHashMap<>();
    rules.put("value", choice(OBJECT, ARRAY, STRING, NUMBER, BOOLEAN, NULL));
    Expression pair = sequence(GAP, STRING, COLON, VALUE);
    rules.put("object", enclosed("{", listed(pair, 0, Expression.UNBOUNDED), "}"));
    Expression item = sequence(GAP, VALUE);
    rules.put("array", enclosed("[", listed(item, 0, Expression.UNBOUNDED), "]"));
    rules.put("string", string(any(CHARACTER)));
    rules.put(
        "number",
        sequence(
            optional(text("-")),
            choice(
                text("0"),
                sequence(chars('1', '9'), new Expression.Repeat(DIGIT, 0, MAX_DIGITS - 1))),
            optional(sequence(text("."), new Expression.Repeat(DIGIT, 1, MAX_DIGITS))),
            optional(sequence(chars("eE"), optional(chars("+-")), DIGIT, optional(DIGIT)))));
    rules.put(
        "gap",
        optional(
            choice(
                text(" "), sequence(text("\n"), new Expression.Repeat(text(" "), 0, MAX_INDENT)))));
    return rules;
  }

  static Expression enclosed(String open, Expression items, String close) {
    return sequence(text(open), items, GAP, text(close));
  }

  /** Items with commas between them. */
  static Expression listed(Expression item, int min, int max) {
    if (max == 0) {
      return Expression.EMPTY;
    }
    Expression some = sequence(item, following(item, Math.max(0, min - 1), less(max, 1)));
    return min == 0 ? optional(some) : some;
  }

  /** Items with a comma before each. */
  static Expression following(Expression item, int min, int max) {
    return new Expression.Repeat(sequence(text(","), item), min, max);
  }

  static int less(int max, int count) {
    return max == Expression.UNBOUNDED ? max : max - count;
  }

  static Expression string(Expression content) {
    return sequence(text("\""), content, text("\""));
  }

  /** Texts as they are written in a JSON string, each character in one way. */
  static Expression escaped(Expression expression) {
    return switch (expression) {
      case Expression.Text text -> {
        StringBuilder out = new StringBuilder();
        text.text().codePoints().forEach(c -> out.append(escape(c)));
        yield text(out.toString());
      }
      case Expression.Chars set -> {
        List<Expression> options = new ArrayList<>();
        CodePoints raw = set.points().and(RAW);
        if (!raw.isEmpty()) {
          options.add(new Expression.Chars(raw));
        }
        List<Expression> escapes = new ArrayList<>();
        CodePoints others = set.points().without(RAW);
        for (int i = 0; i < others.rangeCount(); i++) {
          for (int c = others.first(i); c <= others.last(i); c++) {
            escapes.add(text(escape(c)));
          }
        }
        if (!escapes.isEmpty()) {
          options.add(new Expression.Choice(escapes));
        }
        yield new Expression.Choice(options);
      }
      case Expression.Sequence all ->
          new Expression.Sequence(all.parts().stream().map(JsonRules::escaped).toList());
      case Expression.Choice one ->
          new Expression.Choice(one.options().stream().map(JsonRules::escaped).toList());
      case Expression.Repeat repeat ->
          new Expression.Repeat(escaped(repeat.body()), repeat.min(), repeat.max());
      case Expression.Reference reference -> reference;
    };
  }

  private static String escape(int c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> c < 0x20 ? "\\u%04x".formatted(c) : Character.toString(c);
    };
  }

  private static final class Node {
    private final TreeMap<Integer, Node> children = new TreeMap<>();
    private boolean ends;
  }

  /** A property name other than these; without control characters. */
  static Expression nameOtherThan(Set<String> names) {
    Node root = new Node();
    for (String name : names) {
      Node node = root;
      for (int c : name.codePoints().toArray()) {
        node = node.children.computeIfAbsent(c, key -> new Node());
      }
      node.ends = true;
    }
    return string(otherThan(root));
  }

  private static Expression otherThan(Node node) {
    CodePoints printable = CodePoints.range(0, 0x1F).complement();
    CodePoints known =
        CodePoints.union(node.children.keySet().stream().map(c -> CodePoints.range(c, c)).toList());
    List<Expression> options = new ArrayList<>();
    options.add(
        sequence(
            escaped(new Expression.Chars(printable.without(known))),
            any(escaped(new Expression.Chars(printable)))));
    node.children.forEach((c, child) -> options.add(sequence(text(escape(c)), otherThan(child))));
    if (!node.ends) {
      options.add(Expression.EMPTY);
    }
    return new Expression.Choice(options);
  }
}
