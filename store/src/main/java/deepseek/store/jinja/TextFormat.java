package deepseek.store.jinja;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code '%s' % x} and {@code '{}'.format(x)}, with the conversions templates use. */
final class TextFormat {
  private static final Pattern PERCENT =
      Pattern.compile("%(?:\\((\\w+)\\))?([-+ 0#]*)(\\d{0,3})(?:\\.(\\d{1,2}))?([a-zA-Z%])");
  private static final Pattern BRACES =
      Pattern.compile(
          "\\{\\{|\\}\\}|\\{(\\w*)(?::([-+ 0]*)(\\d{0,3})(?:\\.(\\d{1,2}))?([a-z]?))?\\}");

  private TextFormat() {}

  static String percent(String format, Args args, Budget budget) {
    StringBuilder out = new StringBuilder();
    Matcher matcher = PERCENT.matcher(format);
    int from = 0;
    int next = 0;
    while (matcher.find()) {
      literal(out, format.substring(from, matcher.start()), "%");
      from = matcher.end();
      if (matcher.group(5).equals("%")) {
        out.append('%');
        continue;
      }
      Object value =
          matcher.group(1) == null
              ? args.require(next, "value " + next++)
              : args.require(Integer.MAX_VALUE, matcher.group(1));
      out.append(
          convert(
              value,
              matcher.group(2),
              matcher.group(3),
              matcher.group(4),
              matcher.group(5),
              budget));
    }
    literal(out, format.substring(from), "%");
    return budget.charge(out.toString());
  }

  static String braces(String format, Args args, Budget budget) {
    StringBuilder out = new StringBuilder();
    Matcher matcher = BRACES.matcher(format);
    int from = 0;
    int next = 0;
    while (matcher.find()) {
      literal(out, format.substring(from, matcher.start()), "{}");
      from = matcher.end();
      String field = matcher.group(1);
      if (field == null) {
        out.append(matcher.group().charAt(0));
        continue;
      }
      Object value;
      if (field.isEmpty()) {
        value = args.require(next, "value " + next++);
      } else if (field.matches("\\d{1,4}")) {
        value = args.require(Integer.parseInt(field), field);
      } else {
        value = args.require(Integer.MAX_VALUE, field);
      }
      String conversion =
          matcher.group(5) == null || matcher.group(5).isEmpty() ? "" : matcher.group(5);
      out.append(
          convert(value, matcher.group(2), matcher.group(3), matcher.group(4), conversion, budget));
    }
    literal(out, format.substring(from), "{}");
    return budget.charge(out.toString());
  }

  private static void literal(StringBuilder out, String text, String special) {
    if (text.chars().anyMatch(c -> special.indexOf(c) >= 0)) {
      throw new Failure("a format that is not supported: " + text);
    }
    out.append(text);
  }

  @SuppressWarnings("StringConcatenationMissingWhitespace")
  private static String convert(
      Object value,
      @Nullable String flags,
      @Nullable String width,
      @Nullable String precision,
      String conversion,
      Budget budget) {
    String text =
        switch (conversion) {
          case "" ->
              value instanceof Double && precision != null
                  ? fixed(value, precision)
                  : Printer.print(value, budget);
          case "s" -> Printer.print(value, budget);
          case "r" ->
              value instanceof String s ? PythonText.quoted(s) : Printer.print(value, budget);
          case "d", "i" -> Long.toString(wholePart(value));
          case "x" -> Long.toHexString(Values.whole(value, "a hex number"));
          case "f" -> fixed(value, precision == null ? "6" : precision);
          default -> throw new Failure("a format that is not supported: " + conversion);
        };
    int size = width == null || width.isEmpty() ? 0 : Integer.parseInt(width);
    if (text.length() >= size) {
      return text;
    }
    String marks = flags == null ? "" : flags;
    boolean number = value instanceof Number;
    if (marks.contains("-")) {
      return text + " ".repeat(size - text.length());
    }
    if (marks.contains("0") && number) {
      boolean negative = text.startsWith("-");
      String digits = negative ? text.substring(1) : text;
      return (negative ? "-" : "") + "0".repeat(size - text.length()) + digits;
    }
    boolean left = conversion.isEmpty() && !number;
    String gap = " ".repeat(size - text.length());
    return left ? text + gap : gap + text;
  }

  private static String fixed(Object value, String precision) {
    return String.format(Locale.ROOT, "%." + precision + "f", Values.real(value, "a number"));
  }

  private static long wholePart(Object value) {
    return value instanceof Double real ? real.longValue() : Values.whole(value, "a number");
  }
}
