package deepseek.text.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** {@code json.dumps} with Python's formatting: {@code ", "} and {@code ": "} unless indented. */
final class Json {
  private final Budget budget;
  private final boolean ascii;
  private final boolean sorted;
  private final Optional<Str> indent;
  private final Str itemSeparator;
  private final Str keySeparator;
  private final StrBuilder out;

  private Json(Args args, Budget budget) {
    this.budget = budget;
    this.out = new StrBuilder(budget);
    this.ascii = args.flag(0, "ensure_ascii", false);
    this.indent = indent(args.get(1, "indent", None.NONE));
    Object separators = args.get(2, "separators", None.NONE);
    this.sorted = args.flag(3, "sort_keys", false);
    if (separators instanceof List<?> pair && pair.size() == 2) {
      itemSeparator = Values.text(pair.get(0), "a separator");
      keySeparator = Values.text(pair.get(1), "a separator");
    } else {
      itemSeparator = Str.of(indent.isPresent() ? "," : ", ");
      keySeparator = Str.of(": ");
    }
  }

  /** The filter {@code tojson(ensure_ascii=false, indent, separators, sort_keys=false)}. */
  static Str write(Object value, Args args, Budget budget) {
    Json json = new Json(args, budget);
    json.append(value, 0);
    return json.out.str();
  }

  private static Optional<Str> indent(Object value) {
    return switch (value) {
      case None none -> Optional.empty();
      case Str text -> Optional.of(text);
      default ->
          Optional.of(
              Str.of(" ".repeat(Math.clamp(Values.whole(value, "indent"), 0, Values.MAX_DEPTH))));
    };
  }

  private void append(Object value, int depth) {
    Values.checkDepth(depth);
    switch (value) {
      case None none -> out.append("null");
      case Boolean flag -> out.append(flag.toString());
      case Long whole -> out.append(whole.toString());
      case BigInteger whole -> out.append(whole.toString());
      case Double real -> out.append(number(real));
      case Str text -> quote(text);
      case List<?> list -> list(list, depth);
      case Map<?, ?> map -> map(sorted ? sorted(map) : map, depth);
      default -> throw new Failure(Values.type(Values.defined(value)) + " has no JSON form");
    }
  }

  private Map<?, ?> sorted(Map<?, ?> map) {
    Map<Object, Object> sorted = new TreeMap<>((a, b) -> Values.compare(a, b, budget));
    budget.objects(map.size());
    sorted.putAll(map);
    return sorted;
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    return Double.isInfinite(value)
        ? (value > 0 ? "Infinity" : "-Infinity")
        : PythonText.number(value);
  }

  private void list(List<?> list, int depth) {
    if (list.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append("[");
    for (int i = 0; i < list.size(); i++) {
      out.append(i == 0 ? Str.EMPTY : itemSeparator);
      line(depth + 1);
      append(list.get(i), depth + 1);
    }
    line(depth);
    out.append("]");
  }

  private void map(Map<?, ?> map, int depth) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append("{");
    Str separator = Str.EMPTY;
    for (var entry : map.entrySet()) {
      out.append(separator);
      line(depth + 1);
      key(entry.getKey());
      out.append(keySeparator);
      append(entry.getValue(), depth + 1);
      separator = itemSeparator;
    }
    line(depth);
    out.append("}");
  }

  private void key(Object key) {
    switch (key) {
      case Str text -> quote(text);
      case None none -> out.append("\"null\"");
      default -> out.append("\"" + key + "\"");
    }
  }

  private void line(int depth) {
    indent.ifPresent(unit -> out.append("\n").append(unit, depth));
  }

  private void quote(Str text) {
    out.append("\"");
    text.stretches(
        (from, to, given) -> out.append(escaped(text.chars().substring(from, to)), given));
    out.append("\"");
  }

  private String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> escaped.append("\\\"");
        case '\\' -> escaped.append("\\\\");
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\t' -> escaped.append("\\t");
        case '\f' -> escaped.append("\\f");
        case '\b' -> escaped.append("\\b");
        default -> {
          if (c < 0x20 || (ascii && c > 0x7E)) {
            escaped.append(String.format("\\u%04x", (int) c));
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return escaped.toString();
  }
}
