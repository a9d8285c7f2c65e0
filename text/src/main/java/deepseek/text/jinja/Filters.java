package deepseek.text.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The filters of single values; those that iterate over lists are in {@link Lists}. */
final class Filters {
  private static final Pattern WORD_BEGINNING =
      Pattern.compile("(?<=[-\\s({\\[<])(?![-\\s({\\[<])");
  private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);

  private final Budget budget;
  private final Lookup lookup;
  private final TextMethods texts;
  private final CollectionMethods collections;
  private final Lists lists;

  Filters(Budget budget, Lookup lookup) {
    this.budget = budget;
    this.lookup = lookup;
    this.texts = new TextMethods(budget);
    this.collections = new CollectionMethods(budget);
    this.lists = new Lists(budget, lookup, this);
  }

  Object apply(String name, Object value, Args args) {
    return general(name, value, args)
        .or(() -> number(name, value, args))
        .or(() -> text(name, value, args))
        .or(() -> lists.apply(name, value, args))
        .orElseThrow(() -> new Failure("an unknown filter: " + name));
  }

  private Optional<Object> general(String name, Object value, Args args) {
    return switch (name) {
      case "default", "d" -> Optional.of(preset(value, args));
      case "tojson" -> Optional.of(Json.write(value, args, budget));
      case "string" -> Optional.of(print(value));
      case "safe" -> Optional.of(value);
      case "length", "count" -> Optional.of(Values.length(value));
      case "attr" -> Optional.of(attribute(value, args.chars(0, "name")));
      case "items" ->
          value instanceof Undefined
              ? Optional.of(List.of())
              : value instanceof Map<?, ?> map
                  ? Optional.of(collections.items(map))
                  : Optional.empty();
      case "escape", "e", "forceescape" -> Optional.of(escape(print(value)));
      default -> Optional.empty();
    };
  }

  private static Object preset(Object value, Args args) {
    boolean falsy = args.flag(1, "boolean", false) && !Values.truthy(value);
    return value instanceof Undefined || falsy ? args.get(0, "default_value", Str.EMPTY) : value;
  }

  /** Looks up attributes only, never keys; those of plain data are methods. */
  private Object attribute(Object value, String name) {
    Optional<Callable> method = lookup.method(value, name);
    if (method.isPresent()) {
      return method.get();
    }
    return value instanceof Attributes object
        ? object.get(name)
        : new Undefined(Values.type(value) + " has no '" + name + "'");
  }

  private Str escape(Str text) {
    StrBuilder out = new StrBuilder(budget);
    text.stretches(
        (from, to, given) -> {
          for (int i = from; i < to; i++) {
            out.append(escaped(text.chars().charAt(i)), given);
          }
        });
    return out.str();
  }

  private static String escaped(char c) {
    return switch (c) {
      case '&' -> "&amp;";
      case '>' -> "&gt;";
      case '<' -> "&lt;";
      case '\'' -> "&#39;";
      case '"' -> "&#34;";
      default -> Character.toString(c);
    };
  }

  private Optional<Object> number(String name, Object value, Args args) {
    return switch (name) {
      case "abs" ->
          Values.isWhole(value)
              ? Optional.of(Math.abs(Values.whole(value, "abs")))
              : Optional.of(Math.abs(Values.real(Values.defined(value), "abs")));
      case "int" -> Optional.of(toWhole(value, args));
      case "float" -> Optional.of(toReal(value, args));
      case "round" -> Optional.of(round(value, args));
      default -> Optional.empty();
    };
  }

  private static Object toWhole(Object value, Args args) {
    Object preset = args.get(0, "default", 0L);
    try {
      return switch (value) {
        case Long whole -> whole;
        case Boolean flag -> flag ? 1L : 0L;
        case Double real when Double.isFinite(real) -> (long) real.doubleValue();
        case Str text -> {
          String digits = PythonText.strip(text.chars()).replace("_", "");
          yield digits.matches("[+-]?\\d+")
              ? Long.parseLong(digits, Math.clamp(args.whole(1, "base", 10), 2, 36))
              : (long) Double.parseDouble(digits);
        }
        default -> preset;
      };
    } catch (NumberFormatException e) {
      return preset;
    }
  }

  private static Object toReal(Object value, Args args) {
    try {
      return switch (value) {
        case Number number -> number.doubleValue();
        case Boolean flag -> flag ? 1.0 : 0.0;
        case Str text -> Double.parseDouble(PythonText.strip(text.chars()));
        default -> args.get(0, "default", 0.0);
      };
    } catch (NumberFormatException e) {
      return args.get(0, "default", 0.0);
    }
  }

  private static Object round(Object value, Args args) {
    int precision = Math.clamp(args.whole(0, "precision", 0), -400, 400);
    String method = args.text(1, "method", "common").chars();
    if (method.equals("common") && Values.isWhole(value) && precision >= 0) {
      return Values.whole(value, "a rounded value");
    }
    double number = Values.real(Values.defined(value), "a rounded value");
    double scale = Math.pow(10, precision);
    return switch (method) {
      case "common" -> nearest(number, precision);
      case "ceil" -> Math.ceil(number * scale) / scale;
      case "floor" -> Math.floor(number * scale) / scale;
      default -> throw new Failure("round to common, ceil or floor");
    };
  }

  /** Rounds by the exact value, ties to even. */
  private static double nearest(double number, int precision) {
    return Double.isFinite(number)
        ? new BigDecimal(number).setScale(precision, RoundingMode.HALF_EVEN).doubleValue()
        : number;
  }

  private Optional<Object> text(String name, Object value, Args args) {
    return switch (name) {
      case "upper" -> Optional.of(texts.mapped(print(value), t -> t.toUpperCase(Locale.ROOT)));
      case "lower" -> Optional.of(texts.mapped(print(value), t -> t.toLowerCase(Locale.ROOT)));
      case "capitalize" -> Optional.of(texts.mapped(print(value), TextMethods::capitalize));
      case "title" -> Optional.of(texts.mapped(print(value), Filters::title));
      case "trim" -> Optional.of(texts.strip(print(value), args, true, true));
      case "replace" ->
          Optional.of(
              texts.replace(
                  print(value),
                  print(args.require(0, "old")).chars(),
                  print(args.require(1, "new")),
                  args.get(2, "count", None.NONE) instanceof None
                      ? -1
                      : args.whole(2, "count", -1)));
      case "indent" -> Optional.of(indent(print(Values.defined(value)), args));
      case "center" -> Optional.of(texts.center(print(value), Args.of(args.whole(0, "width", 80))));
      case "wordcount" -> Optional.of(WORD.matcher(print(value).chars()).results().count());
      case "wordwrap" -> Optional.of(new WordWrap(args, budget).apply(print(value)));
      case "format" -> Optional.of(new PercentFormat(budget).apply(print(value), args));
      case "truncate" -> Optional.of(truncate(print(value), args));
      default -> Optional.empty();
    };
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    for (String word : WORD_BEGINNING.split(text)) {
      out.append(TextMethods.capitalize(word));
    }
    return out.toString();
  }

  private Str indent(Str text, Args args) {
    Object width = args.get(0, "width", 4L);
    Str indentation =
        width instanceof Str given
            ? given
            : new StrBuilder(budget)
                .append(Str.of(" "), Math.max(0, Values.whole(width, "width")))
                .str();
    boolean blank = args.flag(2, "blank", false);
    StrBuilder out = new StrBuilder(budget);
    out.append(args.flag(1, "first", false) ? indentation : Str.EMPTY);
    // As in Python: the added newline terminates the last line.
    Str ended = new StrBuilder(budget).append(text).append("\n").str();
    boolean first = true;
    for (PythonText.Line line : PythonText.lines(ended.chars(), budget)) {
      boolean indented = !first && (blank || line.from() < line.to());
      out.append(first ? "" : "\n")
          .append(indented ? indentation : Str.EMPTY)
          .append(ended, line.from(), line.to());
      first = false;
    }
    return out.str();
  }

  private Str truncate(Str text, Args args) {
    long length = args.whole(0, "length", 255);
    boolean killWords = args.flag(1, "killwords", false);
    Str end = args.text(2, "end", "...");
    long leeway = args.whole(3, "leeway", 5);
    if (length < Values.length(end) || leeway < 0) {
      throw new Failure("truncate needs a length of at least that of its end");
    }
    if (Values.length(text) <= length + leeway) {
      return text;
    }
    int head = text.chars().offsetByCodePoints(0, (int) (length - Values.length(end)));
    int space = text.chars().substring(0, head).lastIndexOf(' ');
    return new StrBuilder(budget)
        .append(text, 0, killWords || space < 0 ? head : space)
        .append(end)
        .str();
  }

  Str print(Object value) {
    return Printer.print(value, budget);
  }
}
