package deepseek.store.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What stands after {@code |}, for single values; those that walk lists are in {@link Lists}. */
final class Filters {
  private static final Pattern WORD_BEGINNING =
      Pattern.compile("(?<=[-\\s({\\[<])(?![-\\s({\\[<])");
  private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);

  private final Budget budget;
  private final TextMethods texts;
  private final Lists lists;

  Filters(Budget budget, Lookup lookup) {
    this.budget = budget;
    this.texts = new TextMethods(budget);
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
      case "attr" -> Optional.of(attribute(value, args.text(0, "name")));
      case "items" ->
          value instanceof Undefined
              ? Optional.of(List.of())
              : value instanceof Map<?, ?> map
                  ? Optional.of(CollectionMethods.items(map))
                  : Optional.empty();
      case "escape", "e", "forceescape" -> Optional.of(escape(print(value)));
      default -> Optional.empty();
    };
  }

  private static Object preset(Object value, Args args) {
    boolean falsy = args.flag(1, "boolean", false) && !Values.truthy(value);
    return value instanceof Undefined || falsy ? args.get(0, "default_value", "") : value;
  }

  private static Object attribute(Object value, String name) {
    // Attributes only, never keys: of plain data these are methods.
    return new Undefined(Values.type(value) + " has no '" + name + "'");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace(">", "&gt;")
        .replace("<", "&lt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
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
        case String text -> {
          String digits = PythonText.strip(text).replace("_", "");
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
        case String text -> Double.parseDouble(PythonText.strip(text));
        default -> args.get(0, "default", 0.0);
      };
    } catch (NumberFormatException e) {
      return args.get(0, "default", 0.0);
    }
  }

  private static Object round(Object value, Args args) {
    double number = Values.real(value, "a rounded value");
    double scale = Math.pow(10, Math.clamp(args.whole(0, "precision", 0), -15, 15));
    double scaled = number * scale;
    return switch (args.text(1, "method", "common")) {
      case "common" -> Math.rint(scaled) / scale;
      case "ceil" -> Math.ceil(scaled) / scale;
      case "floor" -> Math.floor(scaled) / scale;
      default -> throw new Failure("round to common, ceil or floor");
    };
  }

  private Optional<Object> text(String name, Object value, Args args) {
    return switch (name) {
      case "upper" -> Optional.of(print(value).toUpperCase(Locale.ROOT));
      case "lower" -> Optional.of(print(value).toLowerCase(Locale.ROOT));
      case "capitalize" -> Optional.of(TextMethods.capitalize(print(value)));
      case "title" -> Optional.of(title(print(value)));
      case "trim" -> Optional.of(TextMethods.strip(print(value), args, true, true));
      case "replace" ->
          Optional.of(
              texts.replace(
                  print(value),
                  print(args.require(0, "old")),
                  print(args.require(1, "new")),
                  args.get(2, "count", None.NONE) instanceof None
                      ? -1
                      : args.whole(2, "count", -1)));
      case "indent" -> Optional.of(indent(print(value), args));
      case "center" ->
          Optional.of(texts.pad(print(value), Args.of(args.whole(0, "width", 80)), 0.5));
      case "wordcount" -> Optional.of(WORD.matcher(print(value)).results().count());
      case "format" -> Optional.of(TextFormat.percent(print(value), args, budget));
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

  private String indent(String text, Args args) {
    Object width = args.get(0, "width", 4L);
    String indentation =
        width instanceof String given
            ? given
            : " ".repeat(Math.clamp(Values.whole(width, "width"), 0, 1000));
    boolean blank = args.flag(2, "blank", false);
    StringBuilder out = new StringBuilder(args.flag(1, "first", false) ? indentation : "");
    List<String> lines = PythonText.lines(text + "\n");
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean indented = i > 0 && (blank || !line.isEmpty());
      budget.charge((long) line.length() + indentation.length() + 1);
      out.append(i == 0 ? "" : "\n").append(indented ? indentation : "").append(line);
    }
    return out.toString();
  }

  private static String truncate(String text, Args args) {
    long length = args.whole(0, "length", 255);
    boolean killWords = args.flag(1, "killwords", false);
    String end = args.text(2, "end", "...");
    long leeway = args.whole(3, "leeway", 5);
    if (Values.length(text) <= length + leeway) {
      return text;
    }
    int kept = (int) Math.max(0, length - Values.length(end));
    String head = text.substring(0, text.offsetByCodePoints(0, kept));
    int space = head.lastIndexOf(' ');
    return (killWords || space < 0 ? head : head.substring(0, space)) + end;
  }

  String print(Object value) {
    return Printer.print(value, budget);
  }
}
