package deepseek.text.jinja;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Python's format specification {@code
 * [[fill]align][sign][#][0][width][grouping][.precision][type]}, as in
 * https://docs.python.org/3/library/string.html; unsupported parts are rejected.
 *
 * @param align one of {@code < > ^ =}, the last with the fill after the sign; 0 for the type's
 *     default
 * @param precision {@link #NONE} if there is none
 * @param type 0 if there is none
 */
record FormatSpec(
    Str fill,
    char align,
    char sign,
    boolean alternate,
    int width,
    String grouping,
    int precision,
    char type) {
  static final int NONE = -1;

  /** More digits than a float can have before or after its decimal point. */
  private static final int MOST_DIGITS = 1100;

  private static final Pattern SPEC =
      Pattern.compile(
          "(?s)(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d{1,9})?([,_])?(?:\\.(\\d{1,9}))?([a-zA-Z%])?");

  static FormatSpec read(Str text) {
    Matcher matcher = SPEC.matcher(text.chars());
    if (!matcher.matches() || (matcher.group(5) != null && matcher.group(7) != null)) {
      throw unsupported(text.chars());
    }
    boolean zero = matcher.group(5) != null;
    String align = matcher.group(2);
    return new FormatSpec(
        matcher.group(1) != null
            ? text.part(matcher.start(1), matcher.end(1))
            : Str.of(zero ? "0" : " "),
        align != null ? align.charAt(0) : zero ? '=' : 0,
        matcher.group(3) == null ? '-' : matcher.group(3).charAt(0),
        matcher.group(4) != null,
        size(matcher.group(6), 0),
        matcher.group(7) == null ? "" : matcher.group(7),
        size(matcher.group(8), NONE),
        matcher.group(9) == null ? 0 : matcher.group(9).charAt(0));
  }

  static int size(@Nullable String digits, int preset) {
    return digits == null || digits.isEmpty() ? preset : Integer.parseInt(digits);
  }

  private static Failure unsupported(String spec) {
    return new Failure("a format that is not supported: " + spec);
  }

  Str apply(Object value, Budget budget) {
    return switch (value) {
      case Str text -> text(text, budget);
      case Boolean flag -> whole(BigInteger.valueOf(flag ? 1 : 0), budget);
      case Long number -> whole(BigInteger.valueOf(number), budget);
      case BigInteger number -> whole(number, budget);
      case Double real -> real(real, budget);
      default -> throw new Failure("a format for " + Values.type(value) + ", which takes none");
    };
  }

  private Str text(Str text, Budget budget) {
    boolean plain = (type == 0 || type == 's') && sign == '-' && grouping.isEmpty();
    // "0" fills strings from the left since Python 3.10; the sign that "=" looks for is a number's.
    boolean zeros = align == '=' && fill.chars().equals("0");
    if (!plain || (align == '=' && !zeros)) {
      throw unsupported("a number's, for a str");
    }
    int length = text.chars().codePointCount(0, text.length());
    Str shown =
        precision != NONE && precision < length
            ? text.part(0, text.chars().offsetByCodePoints(0, precision))
            : text;
    return padded(Str.EMPTY, shown, align == 0 || align == '=' ? '<' : align, budget);
  }

  private Str whole(BigInteger value, Budget budget) {
    if (type != 0 && "eEfFgG%".indexOf(type) >= 0) {
      return real(value.doubleValue(), budget);
    }
    if (precision != NONE) {
      throw unsupported("a precision for an int");
    }
    String digits =
        switch (type) {
          case 0, 'd' -> value.abs().toString();
          case 'x' -> value.abs().toString(16);
          case 'X' -> value.abs().toString(16).toUpperCase(Locale.ROOT);
          case 'o' -> value.abs().toString(8);
          case 'b' -> value.abs().toString(2);
          default -> throw unsupported(type + " for an int");
        };
    boolean decimal = type == 0 || type == 'd';
    String prefix = alternate && !decimal ? "0" + type : "";
    String grouped = grouped(digits, decimal ? 3 : 4);
    return padded(sign(value.signum() < 0) + prefix, grouped, budget);
  }

  private Str real(double value, Budget budget) {
    if (precision > MOST_DIGITS) {
      throw unsupported("a precision of " + precision);
    }
    String digits = Reals.digits(Math.abs(value), type, precision, alternate);
    int whole = 0;
    while (whole < digits.length() && PythonText.isDigit(digits.charAt(whole))) {
      whole++;
    }
    String grouped = grouped(digits.substring(0, whole), 3) + digits.substring(whole);
    return padded(sign(value < 0 || 1 / value < 0), grouped, budget);
  }

  private String sign(boolean negative) {
    return negative ? "-" : sign == '-' ? "" : Character.toString(sign);
  }

  private String grouped(String digits, int size) {
    if (grouping.isEmpty()) {
      return digits;
    }
    if (grouping.equals(",") && size != 3) {
      throw unsupported("commas in what is not decimal");
    }
    StringBuilder out = new StringBuilder(digits);
    for (int at = digits.length() - size; at > 0; at -= size) {
      out.insert(at, grouping);
    }
    return out.toString();
  }

  private Str padded(String head, String digits, Budget budget) {
    return padded(Str.of(head), Str.of(digits), align == 0 ? '>' : align, budget);
  }

  private Str padded(Str head, Str tail, char where, Budget budget) {
    long length = Values.length(head) + Values.length(tail);
    long missing = Math.max(0, width - length);
    long before =
        switch (where) {
          case '<', '=' -> 0;
          case '^' -> missing / 2;
          default -> missing;
        };
    long inside = where == '=' ? missing : 0;
    return new StrBuilder(budget)
        .append(fill, before)
        .append(head)
        .append(fill, inside)
        .append(tail)
        .append(fill, missing - before - inside)
        .str();
  }
}
