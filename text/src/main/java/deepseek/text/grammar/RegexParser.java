package deepseek.text.grammar;

import static deepseek.text.grammar.Expression.UNBOUNDED;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a regular expression of the subset that Java and ECMAScript share. Where their classes
 * differ ({@code .}, {@code \S}), a class has the characters that both have.
 */
final class RegexParser {
  private static final int MAX_DEPTH = 200;

  private static final CodePoints DIGITS = CodePoints.range('0', '9');
  private static final CodePoints WORD =
      CodePoints.union(
          List.of(
              DIGITS, CodePoints.range('a', 'z'), CodePoints.range('A', 'Z'), CodePoints.of("_")));
  private static final CodePoints SPACES = CodePoints.of("\t\n\u000B\f\r ");

  /** Spaces of ECMAScript. */
  private static final CodePoints UNICODE_SPACES =
      CodePoints.union(
          List.of(
              SPACES,
              CodePoints.range(0x2000, 0x200A),
              CodePoints.of("\u00A0\u1680\u2028\u2029\u202F\u205F\u3000\uFEFF")));

  private static final CodePoints LINE_ENDS = CodePoints.of("\n\r\u0085\u2028\u2029");

  private final Cursor in;

  /** Whether a text may go on before and after a match. */
  private final boolean anywhere;

  private RegexParser(String regex, boolean anywhere) {
    this.in = new Cursor("read regular expression", regex);
    this.anywhere = anywhere;
  }

  /** The texts that match as a whole. */
  static Expression whole(String regex) {
    return new RegexParser(regex, false).all();
  }

  /** The texts in which there is a match, as in JSON schemas. */
  static Expression anywhere(String regex) {
    return new RegexParser(regex, true).all();
  }

  private Expression all() {
    Expression all = alternatives(0);
    if (!in.atEnd()) {
      throw in.unexpected("the end");
    }
    return all;
  }

  private Expression alternatives(int depth) {
    if (depth > MAX_DEPTH) {
      throw in.unexpected("at most " + MAX_DEPTH + " nested groups", "more");
    }
    List<Expression> options = new ArrayList<>();
    do {
      options.add(depth == 0 ? anchored() : sequence(depth));
    } while (in.take('|'));
    return options.size() == 1 ? options.getFirst() : new Expression.Choice(options);
  }

  /** An alternative of the whole expression, where anchors may be. */
  private Expression anchored() {
    List<Expression> parts = new ArrayList<>();
    if (!in.take('^') && anywhere) {
      parts.add(Expression.any(new Expression.Chars(CodePoints.ALL)));
    }
    parts.add(sequence(0));
    if (!in.take('$') && anywhere) {
      parts.add(Expression.any(new Expression.Chars(CodePoints.ALL)));
    }
    return new Expression.Sequence(parts);
  }

  private Expression sequence(int depth) {
    List<Expression> parts = new ArrayList<>();
    while (!in.atEnd() && in.peek() != '|' && in.peek() != ')' && !isLastAnchor(depth)) {
      parts.add(quantified(atom(depth)));
    }
    return new Expression.Sequence(parts);
  }

  private boolean isLastAnchor(int depth) {
    return depth == 0 && in.peek() == '$' && (in.peek(1) == -1 || in.peek(1) == '|');
  }

  private Expression atom(int depth) {
    int c = in.next();
    return switch (c) {
      case '(' -> group(depth);
      case '[' -> charClass();
      case '.' -> new Expression.Chars(LINE_ENDS.complement());
      case '\\' -> {
        CodePoints set = shorthand();
        yield set != null ? new Expression.Chars(set) : literal(escape());
      }
      case '^', '$' ->
          throw in.unexpected(
              "anchors at the ends only", "'" + Character.toString(c) + "' elsewhere");
      case '*', '+', '?', '{' ->
          throw in.unexpected("something to repeat", "'" + Character.toString(c) + "'");
      default -> literal(c);
    };
  }

  private static Expression literal(int c) {
    return new Expression.Text(Character.toString(c));
  }

  private Expression group(int depth) {
    if (in.take('?') && !in.take(':')) {
      boolean named = in.take('<') && in.peek() != '=' && in.peek() != '!';
      if (!named) {
        throw in.unexpected("groups that are (...), (?:...) or (?<name>...)", "another kind");
      }
      while (!in.take('>')) {
        in.next();
      }
    }
    Expression group = alternatives(depth + 1);
    in.expect(")");
    return group;
  }

  private Expression quantified(Expression atom) {
    Expression repeated = atom;
    if (in.take('*')) {
      repeated = new Expression.Repeat(atom, 0, UNBOUNDED);
    } else if (in.take('+')) {
      repeated = new Expression.Repeat(atom, 1, UNBOUNDED);
    } else if (in.take('?')) {
      repeated = new Expression.Repeat(atom, 0, 1);
    } else if (in.take('{')) {
      int min = in.number();
      int max = min;
      if (in.take(',')) {
        max = in.peek() == '}' ? UNBOUNDED : in.number();
      }
      in.expect("}");
      repeated = in.repeat(atom, min, max);
    } else {
      return atom;
    }
    in.take('?'); // the shortest first, which matches the same texts
    if (in.peek() >= 0 && "*+?{".indexOf(in.peek()) >= 0) {
      throw in.unexpected("one quantifier");
    }
    return repeated;
  }

  private Expression charClass() {
    boolean negated = in.take('^');
    List<CodePoints> sets = new ArrayList<>();
    while (sets.isEmpty() || !in.take(']')) {
      if (in.peek() == '[' || in.peek() == ']' || (in.peek() == '&' && in.peek(1) == '&')) {
        throw in.unexpected("classes without [, && and, at the beginning, ]; escape them");
      }
      int first = in.next();
      CodePoints set = first == '\\' ? shorthand() : null;
      if (set == null) {
        set = range(first == '\\' ? escape() : first);
      } else if (in.peek() == '-' && in.peek(1) != ']') {
        throw in.unexpected("a range between characters", "one from a class");
      }
      sets.add(set);
    }
    CodePoints all = CodePoints.union(sets);
    CodePoints chosen = negated ? all.complement() : all;
    if (chosen.isEmpty()) {
      throw in.unexpected("a class of at least one character", "an empty one");
    }
    return new Expression.Chars(chosen);
  }

  private CodePoints range(int first) {
    int last = first;
    if (in.peek() == '-' && in.peek(1) != ']') {
      in.next();
      last = in.next();
      if (last == '[') {
        throw in.unexpected("classes without [; escape it");
      }
      if (last == '\\') {
        if (shorthand() != null) {
          throw in.unexpected("a range between characters", "one to a class");
        }
        last = escape();
      }
    }
    if (last < first) {
      throw in.unexpected("a range in ascending order", "one that descends");
    }
    return CodePoints.range(first, last);
  }

  /** The class of the letter after a backslash, if it is one. */
  private @Nullable CodePoints shorthand() {
    CodePoints set =
        switch (in.peek()) {
          case 'd' -> DIGITS;
          case 'D' -> DIGITS.complement();
          case 'w' -> WORD;
          case 'W' -> WORD.complement();
          case 's' -> SPACES;
          case 'S' -> UNICODE_SPACES.complement();
          default -> null;
        };
    if (set != null) {
      in.next();
    }
    return set;
  }

  /** The character after a backslash. */
  private int escape() {
    int c = in.next();
    return switch (c) {
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 'f' -> '\f';
      case 'x' -> in.hex(2);
      case 'u' -> {
        int unit = in.hex(4);
        boolean pair = Character.isValidCodePoint(unit) && Character.isBmpCodePoint(unit);
        if (pair && Character.isHighSurrogate((char) unit)) {
          in.expect("\\u");
          yield checked(Character.toCodePoint((char) unit, (char) in.hex(4)));
        }
        yield checked(unit);
      }
      default -> {
        if (c >= 0x80 || Character.isLetterOrDigit(c) || c == '_') {
          throw in.unexpected(
              "escapes \\d \\w \\s \\t \\n \\r \\f \\xHH \\uHHHH and of punctuation",
              "\\" + Character.toString(c));
        }
        yield c;
      }
    };
  }

  private int checked(int c) {
    if (!CodePoints.ALL.contains(c)) {
      throw in.unexpected("characters of Unicode", "an unpaired surrogate");
    }
    return c;
  }
}
