package deepseek.store.jinja;

import java.math.BigInteger;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** {@code json.dumps} with its formatting: {@code ", "} and {@code ": "} unless indented. */
final class Json {
  private final Budget budget;
  private final boolean ascii;
  private final boolean sorted;
  private final Optional<String> indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final StringBuilder out = new StringBuilder();

  private Json(Args args, Budget budget) {
    this.budget = budget;
    this.ascii = args.flag(0, "ensure_ascii", false);
    this.indent = indent(args.get(1, "indent", None.NONE));
    Object separators = args.get(2, "separators", None.NONE);
    this.sorted = args.flag(3, "sort_keys", false);
    if (separators instanceof List<?> pair && pair.size() == 2) {
      itemSeparator = Values.text(pair.get(0), "a separator");
      keySeparator = Values.text(pair.get(1), "a separator");
    } else {
      itemSeparator = indent.isPresent() ? "," : ", ";
      keySeparator = ": ";
    }
  }

  /** The filter {@code tojson(ensure_ascii=false, indent, separators, sort_keys=false)}. */
  static String write(Object value, Args args, Budget budget) {
    Json json = new Json(args, budget);
    json.append(value, 0);
    return json.out.toString();
  }

  private static Optional<String> indent(Object value) {
    return switch (value) {
      case None none -> Optional.empty();
      case String text -> Optional.of(text);
      default ->
          Optional.of(" ".repeat(Math.clamp(Values.whole(value, "indent"), 0, Values.MAX_DEPTH)));
    };
  }

  private void append(Object value, int depth) {
    Values.checkDepth(depth);
    int before = out.length();
    switch (value) {
      case None none -> out.append("null");
      case Boolean flag -> out.append(flag.booleanValue());
      case Long whole -> out.append(whole.longValue());
      case BigInteger whole -> out.append(whole);
      case Double real -> out.append(number(real));
      case String text -> quote(text);
      case List<?> list -> list(list, depth);
      case Map<?, ?> map -> map(sorted ? sorted(map) : map, depth);
      default -> throw new Failure(Values.type(Values.defined(value)) + " has no JSON form");
    }
    if (!(value instanceof Collection<?>) && !(value instanceof Map<?, ?>)) {
      budget.charge(out.length() - before + 1L);
    }
  }

  private static Map<?, ?> sorted(Map<?, ?> map) {
    Map<Object, Object> sorted = new TreeMap<>(Values::compare);
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
    out.append('[');
    for (int i = 0; i < list.size(); i++) {
      out.append(i == 0 ? "" : itemSeparator);
      line(depth + 1);
      append(list.get(i), depth + 1);
    }
    line(depth);
    out.append(']');
  }

  private void map(Map<?, ?> map, int depth) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append('{');
    String separator = "";
    for (var entry : map.entrySet()) {
      out.append(separator);
      line(depth + 1);
      key(entry.getKey());
      out.append(keySeparator);
      append(entry.getValue(), depth + 1);
      separator = itemSeparator;
    }
    line(depth);
    out.append('}');
  }

  private void key(Object key) {
    switch (key) {
      case String text -> quote(text);
      case None none -> out.append("\"null\"");
      default -> out.append('"').append(key).append('"');
    }
  }

  private void line(int depth) {
    indent.ifPresent(
        unit -> {
          budget.charge((long) unit.length() * depth + 1);
          out.append('\n').append(unit.repeat(depth));
        });
  }

  private void quote(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> {
          if (c < 0x20 || (ascii && c > 0x7E)) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
