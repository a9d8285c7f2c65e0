package deepseek.text.jinja;

import deepseek.text.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Splits a template into tokens and resolves whitespace control around tags: {@code -} strips,
 * {@code +} keeps; otherwise the newline after a block is removed ({@code trim_blocks}) and so are
 * the blanks before one that begins its line ({@code lstrip_blocks}).
 */
final class Lexer {
  private static final String[] OPERATORS = {
    "**", "//", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}",
    ">", "<", "=", ".", ":", "|", ",", ";"
  };

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int line = 1;

  /** Whether the text before {@link #position} ended with a newline that a tag removed. */
  private boolean lineStarting = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String source) {
    String text = source.replace("\r\n", "\n").replace('\r', '\n');
    // One trailing newline is ignored, as in Jinja.
    Lexer lexer = new Lexer(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (position < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        data(source.substring(position));
        advance(source.length());
        break;
      }
      char kind = source.charAt(tag + 1);
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
      data(before(tag, kind, sign));
      advance(tag);
      int body = tag + (sign == '-' || sign == '+' ? 3 : 2);
      switch (kind) {
        case '#' -> comment(body);
        case '{' -> output(body);
        default -> block(body);
      }
    }
    tokens.add(new Token(Kind.END, "", line));
  }

  private int nextTag() {
    for (int i = source.indexOf('{', position); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** The text before a tag, stripped as the tag says. */
  private String before(int tag, char kind, char sign) {
    String text = source.substring(position, tag);
    if (sign == '-') {
      return PythonText.stripRight(text);
    }
    if (sign == '+' || kind == '{') {
      return text;
    }
    int lineStart = text.lastIndexOf('\n') + 1;
    boolean beginsLine = lineStart > 0 || lineStarting;
    boolean blank = lineStart < text.length() && PythonText.isSpace(text.substring(lineStart));
    return beginsLine && blank ? text.substring(0, lineStart) : text;
  }

  private void data(String text) {
    if (!text.isEmpty()) {
      tokens.add(new Token(Kind.DATA, text, line));
    }
  }

  private void comment(int body) {
    int end = source.indexOf("#}", body);
    if (end < 0) {
      throw new Failure("a comment without #}", line);
    }
    char sign = end > body ? source.charAt(end - 1) : ' ';
    endTag(end + 2, sign, true);
  }

  private void output(int body) {
    tokens.add(new Token(Kind.OUTPUT_BEGIN, "", line));
    advance(body);
    inside("}}", Kind.OUTPUT_END);
  }

  private void block(int body) {
    int raw = rawBody(body);
    if (raw >= 0) {
      raw(raw);
      return;
    }
    tokens.add(new Token(Kind.BLOCK_BEGIN, "", line));
    advance(body);
    inside("%}", Kind.BLOCK_END);
  }

  /** Where the text of {@code {% raw %}} begins, or -1 if the block is another one. */
  private int rawBody(int body) {
    int end = blockEnd(body, "raw");
    if (end < 0) {
      return -1;
    }
    return source.charAt(end - 3) == '-' ? skipSpace(end) : end;
  }

  private void raw(int begin) {
    for (int tag = source.indexOf("{%", begin); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
      int end = blockEnd(tag + (sign == '-' || sign == '+' ? 3 : 2), "endraw");
      if (end >= 0) {
        advance(begin);
        lineStarting = begin > 0 && source.charAt(begin - 1) == '\n';
        data(before(tag, '%', sign));
        endTag(end, source.charAt(end - 3), true);
        return;
      }
    }
    throw new Failure("{% raw %} without {% endraw %}", line);
  }

  /** After the {@code %}} of a block that holds only {@code name}, or -1. */
  private int blockEnd(int body, String name) {
    int start = skipSpace(body);
    if (!source.startsWith(name, start)) {
      return -1;
    }
    int end = skipSpace(start + name.length());
    if (end < source.length() && "+-".indexOf(source.charAt(end)) >= 0) {
      end++;
    }
    return source.startsWith("%}", end) ? end + 2 : -1;
  }

  private void inside(String close, Kind end) {
    Deque<String> open = new ArrayDeque<>();
    while (true) {
      advance(skipSpace(position));
      if (position >= source.length()) {
        throw new Failure("a tag without " + close, line);
      }
      if (open.isEmpty() && closes(close, end)) {
        return;
      }
      char c = source.charAt(position);
      if (c == '"' || c == '\'') {
        string(c);
      } else if (PythonText.isDigit(c)) {
        number();
      } else if (Character.isUnicodeIdentifierStart(c) || c == '_') {
        name();
      } else {
        operator(open);
      }
    }
  }

  private boolean closes(String close, Kind end) {
    char sign = source.charAt(position);
    boolean signed = sign == '-' || (sign == '+' && end == Kind.BLOCK_END);
    if (!source.startsWith(close, position + (signed ? 1 : 0))) {
      return false;
    }
    tokens.add(new Token(end, "", line));
    endTag(position + close.length() + (signed ? 1 : 0), sign, end == Kind.BLOCK_END);
    return true;
  }

  /** Skips a tag and the whitespace that its closing sign strips. */
  private void endTag(int after, char sign, boolean trims) {
    int end = after;
    if (sign == '-') {
      end = skipSpace(after);
    } else if (trims && sign != '+' && after < source.length() && source.charAt(after) == '\n') {
      end = after + 1;
    }
    lineStarting = source.charAt(end - 1) == '\n';
    advance(end);
  }

  private void string(char quote) {
    int start = line;
    StringBuilder raw = new StringBuilder();
    int i = position + 1;
    while (i < source.length() && source.charAt(i) != quote) {
      if (source.charAt(i) == '\\' && i + 1 < source.length()) {
        raw.append(source.charAt(i++));
      }
      raw.append(source.charAt(i++));
    }
    if (i >= source.length()) {
      throw new Failure("a string without its closing " + quote, start);
    }
    advance(i + 1);
    tokens.add(new Token(Kind.STRING, PythonText.unescape(raw.toString()), start));
  }

  private void number() {
    int i = digits(position);
    boolean fraction =
        i + 1 < source.length()
            && source.charAt(i) == '.'
            && PythonText.isDigit(source.charAt(i + 1));
    if (fraction) {
      i = digits(i + 1);
    }
    int exponent = exponentEnd(i);
    String text = source.substring(position, Math.max(i, exponent)).replace("_", "");
    tokens.add(new Token(fraction || exponent > i ? Kind.FLOAT : Kind.INTEGER, text, line));
    advance(Math.max(i, exponent));
  }

  private int digits(int from) {
    int i = from;
    while (i < source.length()
        && (PythonText.isDigit(source.charAt(i)) || source.charAt(i) == '_')) {
      i++;
    }
    return i;
  }

  private int exponentEnd(int from) {
    if (from >= source.length() || "eE".indexOf(source.charAt(from)) < 0) {
      return -1;
    }
    int i = from + 1;
    if (i < source.length() && "+-".indexOf(source.charAt(i)) >= 0) {
      i++;
    }
    int end = digits(i);
    return end > i ? end : -1;
  }

  private void name() {
    int i = position;
    while (i < source.length() && Character.isUnicodeIdentifierPart(source.charAt(i))) {
      i++;
    }
    tokens.add(new Token(Kind.NAME, source.substring(position, i), line));
    advance(i);
  }

  private void operator(Deque<String> open) {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, position)) {
        balance(operator, open);
        tokens.add(new Token(Kind.OPERATOR, operator, line));
        advance(position + operator.length());
        return;
      }
    }
    throw new Failure("an unexpected '" + source.charAt(position) + "'", line);
  }

  private void balance(String operator, Deque<String> open) {
    switch (operator) {
      case "(" -> open.push(")");
      case "[" -> open.push("]");
      case "{" -> open.push("}");
      case ")", "]", "}" -> {
        if (open.isEmpty() || !open.pop().equals(operator)) {
          throw new Failure("an unexpected '" + operator + "'", line);
        }
      }
      default -> {
        // Not a bracket.
      }
    }
  }

  private int skipSpace(int from) {
    int i = from;
    while (i < source.length() && PythonText.isSpace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  private void advance(int to) {
    for (int i = position; i < to; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    position = to;
  }
}
