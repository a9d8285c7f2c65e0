package deepseek.text.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call of a function, requested by the assistant.
 *
 * @param id matches the result to the call; empty if the model has no ids
 * @param arguments plain data, in the model's order
 */
public record ToolCall(String id, String name, Map<String, ? extends @Nullable Object> arguments) {
  public ToolCall {
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
  }

  /** The fields of OpenAI's API, which templates use. */
  Map<String, Object> fields() {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", name);
    function.put("arguments", arguments);
    Map<String, Object> fields = new LinkedHashMap<>();
    if (!id.isEmpty()) {
      fields.put("id", id);
    }
    fields.put("type", "function");
    fields.put("function", function);
    return fields;
  }
}
