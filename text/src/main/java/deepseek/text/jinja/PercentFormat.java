package deepseek.text.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code '%s' % x}. */
final class PercentFormat {
  private static final Pattern FIELD =
      Pattern.compile("%(?:\\((\\w+)\\))?([-+ 0#]*)(\\d{0,9})(?:\\.(\\d{0,9}))?([a-zA-Z%])");

  private final Budget budget;

  PercentFormat(Budget budget) {
    this.budget = budget;
  }

  /** Formats a tuple of values, or a dict of named ones. */
  Str apply(Str format, Args given) {
    Args args = given;
    if (given.positional().size() == 1 && given.positional().getFirst() instanceof Map<?, ?> map) {
      Map<String, Object> named = new LinkedHashMap<>();
      map.forEach((name, value) -> named.put(String.valueOf(name), value));
      args = new Args(given.positional(), named);
    }
    StrBuilder out = new StrBuilder(budget);
    Matcher matcher = FIELD.matcher(format.chars());
    int from = 0;
    int next = 0;
    while (matcher.find()) {
      literal(out, format, from, matcher.start());
      from = matcher.end();
      if (matcher.group(5).equals("%")) {
        out.append("%");
        continue;
      }
      Object value =
          matcher.group(1) == null
              ? args.require(next, "value " + next++)
              : args.require(Integer.MAX_VALUE, matcher.group(1));
      append(out, value, matcher);
    }
    literal(out, format, from, format.length());
    List<Object> values = args.positional();
    if (next < values.size() && !(values.size() == 1 && values.getFirst() instanceof Map<?, ?>)) {
      throw new Failure("a format with fewer fields than values");
    }
    return out.str();
  }

  private static void literal(StrBuilder out, Str format, int from, int to) {
    if (format.chars().substring(from, to).indexOf('%') >= 0) {
      throw new Failure("a format that is not supported: " + format.part(from, to));
    }
    out.append(format, from, to);
  }

  private void append(StrBuilder out, Object value, Matcher field) {
    char conversion = field.group(5).charAt(0);
    boolean number = "dixXoeEfFgG".indexOf(conversion) >= 0;
    if (!number && "sr".indexOf(conversion) < 0) {
      throw new Failure("a format that is not supported: " + field.group());
    }
    String flags = field.group(2);
    boolean left = flags.contains("-");
    FormatSpec spec =
        new FormatSpec(
            Str.of(flags.contains("0") && !left && number ? "0" : " "),
            left ? '<' : flags.contains("0") && number ? '=' : '>',
            flags.contains("+") && number ? '+' : flags.contains(" ") && number ? ' ' : '-',
            flags.contains("#"),
            FormatSpec.size(field.group(3), 0),
            "",
            precision(field.group(4)),
            number ? (conversion == 'i' ? 'd' : conversion) : 's');
    out.append(spec.apply(number ? counted(value, conversion) : said(value, conversion), budget));
  }

  /** A decimal point without digits means precision 0. */
  private static int precision(@Nullable String digits) {
    return digits == null ? FormatSpec.NONE : FormatSpec.size(digits, 0);
  }

  private static Object counted(Object value, char conversion) {
    boolean whole = "dixXo".indexOf(conversion) >= 0;
    if (!Values.isNumber(value)) {
      throw Values.mismatch("what %" + conversion + " writes", "a number", value);
    }
    return whole && value instanceof Double real && "di".indexOf(conversion) >= 0
        ? (Object) (long) real.doubleValue()
        : value;
  }

  private Str said(Object value, char conversion) {
    if (conversion == 's' || !(value instanceof Str text)) {
      return Printer.print(value, budget);
    }
    StrBuilder quoted = new StrBuilder(budget);
    PythonText.quote(text, quoted);
    return quoted.str();
  }
}
