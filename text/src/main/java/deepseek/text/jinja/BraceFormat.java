package deepseek.text.jinja;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code '{}'.format(x)}, with positional or named fields. */
final class BraceFormat {
  private static final Pattern FIELD =
      Pattern.compile("\\{\\{|\\}\\}|\\{(\\w*)(?:!([rs]))?(?::([^{}]*))?\\}");

  private final Budget budget;

  BraceFormat(Budget budget) {
    this.budget = budget;
  }

  Str apply(Str format, Args args) {
    StrBuilder out = new StrBuilder(budget);
    Matcher matcher = FIELD.matcher(format.chars());
    int from = 0;
    int next = 0;
    while (matcher.find()) {
      literal(out, format, from, matcher.start());
      from = matcher.end();
      String field = matcher.group(1);
      if (field == null) {
        out.append(format, matcher.start(), matcher.start() + 1);
        continue;
      }
      Object value =
          field.isEmpty()
              ? args.require(next, "value " + next++)
              : field.matches("\\d{1,4}")
                  ? args.require(Integer.parseInt(field), field)
                  : args.require(Integer.MAX_VALUE, field);
      Object shown =
          switch (matcher.group(2)) {
            case null -> value;
            case "r" -> represented(value);
            default -> Printer.print(value, budget);
          };
      Str spec =
          matcher.group(3) == null ? Str.EMPTY : format.part(matcher.start(3), matcher.end(3));
      out.append(
          spec.isEmpty()
              ? Printer.print(shown, budget)
              : FormatSpec.read(spec).apply(shown, budget));
    }
    literal(out, format, from, format.length());
    return out.str();
  }

  private Str represented(Object value) {
    if (!(value instanceof Str text)) {
      return Printer.print(value, budget);
    }
    StrBuilder quoted = new StrBuilder(budget);
    PythonText.quote(text, quoted);
    return quoted.str();
  }

  private static void literal(StrBuilder out, Str format, int from, int to) {
    if (format.chars().substring(from, to).chars().anyMatch(c -> c == '{' || c == '}')) {
      throw new Failure("a format that is not supported: " + format.part(from, to));
    }
    out.append(format, from, to);
  }
}
