package deepseek.text.tokenizer;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.List;

/**
 * A piece of JSON, written without data binding, which would take longer at startup than the rest
 * of the tokenizer's Java code.
 */
record JsonText(String json) {
  /** An object from alternating keys and values: strings, numbers, booleans and other pieces. */
  static JsonText object(Object... keysAndValues) {
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < keysAndValues.length; i += 2) {
      out.append(i == 0 ? "" : ",");
      append(out, keysAndValues[i]);
      out.append(':');
      append(out, keysAndValues[i + 1]);
    }
    return new JsonText(out.append('}').toString());
  }

  static JsonText array(List<?> items) {
    StringBuilder out = new StringBuilder("[");
    for (int i = 0; i < items.size(); i++) {
      out.append(i == 0 ? "" : ",");
      append(out, items.get(i));
    }
    return new JsonText(out.append(']').toString());
  }

  static void append(StringBuilder out, Object value) {
    switch (value) {
      case String text -> {
        out.append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, out);
        out.append('"');
      }
      case JsonText piece -> out.append(piece.json);
      default -> out.append(value);
    }
  }
}
