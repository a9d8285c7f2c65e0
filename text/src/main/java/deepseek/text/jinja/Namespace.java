package deepseek.text.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** {@code namespace()}: the only mutable value, with which loops pass on results. */
final class Namespace implements Attributes {
  private final Map<String, Object> fields = new LinkedHashMap<>();

  @Override
  public String type() {
    return "namespace";
  }

  @Override
  public Object get(String name) {
    Object value = fields.get(name);
    return value == null ? new Undefined("namespace has no '" + name + "'") : value;
  }

  void put(String name, Object value) {
    if (name.startsWith("_")) {
      throw new Failure("namespace fields can't begin with an underscore: " + name);
    }
    fields.put(name, value);
  }
}
