package deepseek.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Results as they come: a JSON line for programs, a line of text for people. */
final class Report {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String benchmark;
  private final PrintStream lines;
  private final PrintStream table;

  Report(String benchmark, PrintStream lines, PrintStream table) {
    this.benchmark = benchmark;
    this.lines = lines;
    this.table = table;
  }

  /** A figure with its unit, e.g. {@code tokens/s}. */
  void figure(String name, double value, String unit) {
    write(name, unit, Map.of("value", value), number(value));
  }

  /** Repeated measurements with their unit. */
  void figure(String name, Spread spread, String unit) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("median", spread.median());
    fields.put("min", spread.min());
    fields.put("max", spread.max());
    fields.put("count", spread.count());
    String text =
        "%10s  (%s to %s, %d runs)"
            .formatted(
                number(spread.median()).strip(),
                number(spread.min()).strip(),
                number(spread.max()).strip(),
                spread.count());
    write(name, unit, fields, text);
  }

  /** What a figure can't say. */
  void note(String name, String text) {
    write(name, "", Map.of("text", text), text);
  }

  private void write(String name, String unit, Map<String, ?> fields, String text) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("benchmark", benchmark);
    line.put("name", name);
    if (!unit.isEmpty()) {
      line.put("unit", unit);
    }
    line.putAll(fields);
    try {
      lines.println(JSON.writeValueAsString(line));
    } catch (JsonProcessingException e) {
      throw new AssertionError("strings and numbers have a JSON form", e);
    }
    table.printf(Locale.ROOT, "%-12s %-44s %-10s %s%n", benchmark, name, unit, text);
  }

  private static String number(double value) {
    double size = Math.abs(value);
    String format = size >= 1000 ? "%10.0f" : size >= 10 ? "%10.1f" : "%10.3f";
    return String.format(Locale.ROOT, format, value);
  }
}
