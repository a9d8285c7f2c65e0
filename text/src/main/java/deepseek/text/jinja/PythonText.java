package deepseek.text.jinja;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Python's whitespace, lines, escapes and number formatting, where Java's differ. */
final class PythonText {
  private PythonText() {}

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** {@code str.isspace} of one character; all spaces are in the basic multilingual plane. */
  static boolean isSpace(char c) {
    return (c >= '\t' && c <= '\r')
        || (c >= 0x1C && c <= 0x20)
        || c == 0x85
        || c == 0xA0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }

  static boolean isSpace(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> isSpace((char) c));
  }

  static String strip(String text) {
    return stripLeft(stripRight(text));
  }

  static String stripLeft(String text) {
    int i = 0;
    while (i < text.length() && isSpace(text.charAt(i))) {
      i++;
    }
    return text.substring(i);
  }

  static String stripRight(String text) {
    int i = text.length();
    while (i > 0 && isSpace(text.charAt(i - 1))) {
      i--;
    }
    return text.substring(0, i);
  }

  /** Half-open range of a line's characters; its newline is from {@code to} to {@code next}. */
  record Line(int from, int to, int next) {}

  /** The lines of {@code str.splitlines()}. */
  static List<Line> lines(String text, Budget budget) {
    List<Line> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean breaks =
          (c >= '\n' && c <= '\r') || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028;
      if (breaks || c == 0x2029) {
        int end = i;
        if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
          i++;
        }
        budget.objects(1);
        lines.add(new Line(start, end, i + 1));
        start = i + 1;
      }
    }
    if (start < text.length()) {
      lines.add(new Line(start, text.length(), text.length()));
    }
    return lines;
  }

  /** Resolves escapes of a Python string literal; unknown ones are kept. */
  static String unescape(String raw) {
    if (raw.indexOf('\\') < 0) {
      return raw;
    }
    StringBuilder out = new StringBuilder(raw.length());
    int i = 0;
    while (i < raw.length()) {
      char c = raw.charAt(i++);
      if (c != '\\' || i == raw.length()) {
        out.append(c);
        continue;
      }
      char escape = raw.charAt(i++);
      switch (escape) {
        case '\n' -> {
          // A backslash at the end of a line continues it.
        }
        case '\\', '\'', '"' -> out.append(escape);
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 'r' -> out.append('\r');
        case 'a' -> out.append('\u0007');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'v' -> out.append('\u000B');
        case 'N' -> i = named(raw, i, out);
        case 'x' -> i = codePoint(raw, i, 2, out);
        case 'u' -> i = codePoint(raw, i, 4, out);
        case 'U' -> i = codePoint(raw, i, 8, out);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(raw, i - 1, out);
        default -> out.append('\\').append(escape);
      }
    }
    return out.toString();
  }

  /** {@code \\N{EM DASH}}. */
  private static int named(String raw, int from, StringBuilder out) {
    int end = raw.indexOf('}', from);
    if (end < 0 || raw.charAt(from) != '{') {
      throw new Failure("a \\N escape without {a character's name}");
    }
    out.appendCodePoint(UnicodeNames.codePoint(raw.substring(from + 1, end)));
    return end + 1;
  }

  private static int codePoint(String raw, int from, int digits, StringBuilder out) {
    int end = from + digits;
    if (end > raw.length() || !raw.substring(from, end).matches("[0-9a-fA-F]+")) {
      throw new Failure("a \\ escape without its " + digits + " hex digits");
    }
    long value = Long.parseLong(raw.substring(from, end), 16);
    if (value > Character.MAX_CODE_POINT) {
      throw new Failure("a \\U escape beyond Unicode");
    }
    out.appendCodePoint((int) value);
    return end;
  }

  private static int octal(String raw, int from, StringBuilder out) {
    int end = from;
    int value = 0;
    while (end < raw.length() && end < from + 3 && "01234567".indexOf(raw.charAt(end)) >= 0) {
      value = value * 8 + raw.charAt(end++) - '0';
    }
    out.appendCodePoint(value);
    return end;
  }

  /**
   * {@code repr} of a float: the shortest digits that round-trip, an exponent only if far from 1.
   */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = exact.precision() - exact.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = exact.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = exact.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    String power = (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "");
    return (value < 0 ? "-" : "") + mantissa + "e" + power + Math.abs(exponent);
  }

  /** {@code repr} of a string. */
  static String quoted(String text) {
    char quote = quote(text);
    return quote + escaped(text, quote) + quote;
  }

  static void quote(Str text, StrBuilder out) {
    char quote = quote(text.chars());
    out.append(Character.toString(quote));
    text.stretches(
        (from, to, given) -> out.append(escaped(text.chars().substring(from, to), quote), given));
    out.append(Character.toString(quote));
  }

  private static char quote(String text) {
    return text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
  }

  private static String escaped(String text, char quote) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                  if (c == quote) {
                    out.append('\\').append(quote);
                  } else if (printable(c)) {
                    out.appendCodePoint(c);
                  } else {
                    out.append(
                        String.format(
                            c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
                  }
                }
              }
            });
    return out.toString();
  }

  private static boolean printable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
