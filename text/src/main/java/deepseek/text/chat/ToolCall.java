package deepseek.text.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A function the assistant wants to be called.
 *
 * @param id ties the answer to the call; empty if the model has no ids
 * @param arguments plain data, in the order the model wrote it
 */
public record ToolCall(String id, String name, Map<String, ? extends @Nullable Object> arguments) {
  public ToolCall {
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
  }

  /** As OpenAI's API and the templates have it. */
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
