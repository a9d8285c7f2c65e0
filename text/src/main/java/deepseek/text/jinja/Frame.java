package deepseek.text.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The variables of one scope. Assignments are local; look-ups continue in enclosing scopes. */
final class Frame {
  private final Map<String, Object> variables = new HashMap<>();
  private final @Nullable Frame outer;

  Frame(@Nullable Frame outer) {
    this.outer = outer;
  }

  Frame inner() {
    return new Frame(this);
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }

  Object get(String name) {
    for (Frame frame = this; frame != null; frame = frame.outer) {
      Object value = frame.variables.get(name);
      if (value != null) {
        return value;
      }
    }
    return Undefined.name(name);
  }
}
