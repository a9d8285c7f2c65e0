package deepseek.text.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** Converts values to strings like {@code str()} and {@code repr()}. */
final class Printer {
  private final StrBuilder out;

  private Printer(Budget budget) {
    this.out = new StrBuilder(budget);
  }

  static Str print(Object value, Budget budget) {
    if (value instanceof Str text) {
      return text;
    }
    Printer printer = new Printer(budget);
    printer.append(value, 0);
    return printer.out.str();
  }

  private void append(Object value, int depth) {
    Values.checkDepth(depth);
    switch (value) {
      case None none -> out.append("None");
      case Boolean flag -> out.append(flag ? "True" : "False");
      case Long whole -> out.append(whole.toString());
      case BigInteger whole -> out.append(whole.toString());
      case Double real -> out.append(PythonText.number(real));
      case Str text -> PythonText.quote(text, out);
      case Tuple tuple -> list(tuple, "(", tuple.size() == 1 ? ",)" : ")", depth);
      case List<?> list -> list(list, "[", "]", depth);
      case Map<?, ?> map -> map(map, depth);
      case Undefined undefined -> {
        // Nothing, as in Python.
      }
      case Macro macro -> out.append(macro.shown());
      default -> out.append("<" + Values.type(value) + ">");
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
    out.append("{");
    String separator = "";
    for (var entry : map.entrySet()) {
      out.append(separator);
      append(entry.getKey(), depth + 1);
      out.append(": ");
      append(entry.getValue(), depth + 1);
      separator = ", ";
    }
    out.append("}");
  }
}
