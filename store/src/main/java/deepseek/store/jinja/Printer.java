package deepseek.store.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** Values as text, as {@code str()} and {@code repr()} write them. */
final class Printer {
  private final Budget budget;
  private final StringBuilder out = new StringBuilder();

  private Printer(Budget budget) {
    this.budget = budget;
  }

  static String print(Object value, Budget budget) {
    if (value instanceof String text) {
      return text;
    }
    Printer printer = new Printer(budget);
    printer.append(value, 0);
    return printer.out.toString();
  }

  private void append(Object value, int depth) {
    Values.checkDepth(depth);
    int before = out.length();
    switch (value) {
      case None none -> out.append("None");
      case Boolean flag -> out.append(flag ? "True" : "False");
      case Long whole -> out.append(whole.longValue());
      case BigInteger whole -> out.append(whole);
      case Double real -> out.append(PythonText.number(real));
      case String text -> out.append(PythonText.quoted(text));
      case Tuple tuple -> list(tuple, "(", tuple.size() == 1 ? ",)" : ")", depth);
      case List<?> list -> list(list, "[", "]", depth);
      case Map<?, ?> map -> map(map, depth);
      case Undefined undefined -> {
        // Nothing, as in Python.
      }
      default -> out.append('<').append(Values.type(value)).append('>');
    }
    if (!(value instanceof List<?>) && !(value instanceof Map<?, ?>)) {
      budget.charge(out.length() - before + 1L);
    }
  }

  private void list(List<?> list, String open, String close, int depth) {
    out.append(open);
    for (int i = 0; i < list.size(); i++) {
      out.append(i == 0 ? "" : ", ");
      append(list.get(i), depth + 1);
    }
    out.append(close);
  }

  private void map(Map<?, ?> map, int depth) {
    out.append('{');
    String separator = "";
    for (var entry : map.entrySet()) {
      out.append(separator);
      append(entry.getKey(), depth + 1);
      out.append(": ");
      append(entry.getValue(), depth + 1);
      separator = ", ";
    }
    out.append('}');
  }
}
