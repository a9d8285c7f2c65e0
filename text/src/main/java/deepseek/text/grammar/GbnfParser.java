package deepseek.text.grammar;

import static deepseek.text.grammar.Expression.UNBOUNDED;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads GBNF. */
final class GbnfParser {
  private static final String ROOT = "root";
  private static final int MAX_DEPTH = 200;

  private final Cursor in;
  private final Map<String, Expression> rules = new LinkedHashMap<>();

  GbnfParser(String text) {
    this.in = new Cursor("read GBNF grammar", text);
  }

  /** The rules, root first. */
  Map<String, Expression> rules() {
    space(true);
    while (!in.atEnd()) {
      String name = name();
      space(false);
      in.expect("::=");
      space(true);
      if (rules.put(name, alternatives(0)) != null) {
        throw in.unexpected("one definition of each rule", "two of '" + name + "'");
      }
      if (!in.atEnd() && in.peek() != '\r' && in.peek() != '\n') {
        throw in.unexpected("the end of rule '" + name + "'");
      }
      space(true);
    }
    Expression root = rules.get(ROOT);
    if (root == null) {
      throw in.unexpected("a rule named root", "none");
    }
    Map<String, Expression> ordered = new LinkedHashMap<>();
    ordered.put(ROOT, root);
    ordered.putAll(rules);
    return ordered;
  }

  private Expression alternatives(int depth) {
    if (depth > MAX_DEPTH) {
      throw in.unexpected("at most " + MAX_DEPTH + " nested groups", "more");
    }
    List<Expression> options = new ArrayList<>(List.of(sequence(depth)));
    while (in.take('|')) {
      space(true);
      options.add(sequence(depth));
    }
    return options.size() == 1 ? options.getFirst() : new Expression.Choice(options);
  }

  private Expression sequence(int depth) {
    List<Expression> parts = new ArrayList<>();
    while (!in.atEnd() && "|)\r\n".indexOf(in.peek()) < 0) {
      Expression part = element(depth);
      space(depth > 0);
      while (!in.atEnd() && "*+?{".indexOf(in.peek()) >= 0) {
        part = repeated(part);
        space(depth > 0);
      }
      parts.add(part);
    }
    return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
  }

  private Expression element(int depth) {
    if (in.take('"')) {
      StringBuilder text = new StringBuilder();
      while (!in.take('"')) {
        text.appendCodePoint(character());
      }
      return new Expression.Text(text.toString());
    }
    if (in.take('[')) {
      return charClass();
    }
    if (in.take('(')) {
      space(true);
      Expression group = alternatives(depth + 1);
      in.expect(")");
      return group;
    }
    if (in.take('.')) {
      return new Expression.Chars(CodePoints.ALL);
    }
    return new Expression.Reference(name());
  }

  private Expression charClass() {
    boolean negated = in.take('^');
    List<CodePoints> ranges = new ArrayList<>();
    while (!in.take(']')) {
      int first = character();
      int last = first;
      if (in.peek() == '-' && in.peek(1) != ']') {
        in.next();
        last = character();
      }
      if (last < first) {
        throw in.unexpected("a range in ascending order", "one that descends");
      }
      ranges.add(CodePoints.range(first, last));
    }
    CodePoints points = CodePoints.union(ranges);
    CodePoints chosen = negated ? points.complement() : points;
    if (chosen.isEmpty()) {
      throw in.unexpected("a class of at least one character", "an empty one");
    }
    return new Expression.Chars(chosen);
  }

  private Expression repeated(Expression body) {
    return switch (in.next()) {
      case '*' -> new Expression.Repeat(body, 0, UNBOUNDED);
      case '+' -> new Expression.Repeat(body, 1, UNBOUNDED);
      case '?' -> new Expression.Repeat(body, 0, 1);
      default -> {
        space(true);
        int min = in.number();
        space(true);
        int max = min;
        if (in.take(',')) {
          space(true);
          max = in.peek() == '}' ? UNBOUNDED : in.number();
          space(true);
        }
        in.expect("}");
        yield in.repeat(body, min, max);
      }
    };
  }

  /** One character of a literal or class. */
  private int character() {
    int c = in.next();
    if (c != '\\') {
      return c;
    }
    int escape = in.next();
    return switch (escape) {
      case 'x' -> in.hex(2);
      case 'u' -> in.hex(4);
      case 'U' -> in.hex(8);
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'n' -> '\n';
      case '\\', '"', '[', ']', '-', '^' -> escape;
      default -> throw in.unexpected("an escape of GBNF", "\\" + Character.toString(escape));
    };
  }

  private String name() {
    int from = in.offset();
    while (!in.atEnd() && isName(in.peek())) {
      in.next();
    }
    if (in.offset() == from) {
      throw in.unexpected("the name of a rule");
    }
    return in.since(from);
  }

  private static boolean isName(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** Skips blanks and comments. */
  private void space(boolean lines) {
    while (!in.atEnd()) {
      int c = in.peek();
      if (c == '#') {
        while (!in.atEnd() && in.peek() != '\n' && in.peek() != '\r') {
          in.next();
        }
      } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
        in.next();
      } else {
        return;
      }
    }
  }
}
