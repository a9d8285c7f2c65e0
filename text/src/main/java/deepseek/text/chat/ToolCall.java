package deepseek.text.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.files.DataException;
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
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final TypeReference<Map<String, @Nullable Object>> PLAIN =
      new TypeReference<>() {};

  public ToolCall {
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
  }

  /**
   * A call whose arguments are JSON, as APIs have them.
   *
   * @throws DataException if they are not one JSON object
   */
  public static ToolCall ofJson(String id, String name, String arguments) {
    try {
      JsonNode json = arguments.isBlank() ? JSON.createObjectNode() : JSON.readTree(arguments);
      if (json.isObject()) {
        return new ToolCall(id, name, JSON.convertValue(json, PLAIN));
      }
      throw noObject(name, json.getNodeType() + " at the top", null);
    } catch (JsonProcessingException e) {
      throw noObject(name, "another text", e);
    }
  }

  private static DataException noObject(String name, String got, @Nullable Throwable cause) {
    return new DataException(
        "read the arguments of a call of '" + name + "'",
        "a JSON object",
        got,
        "pass on what the model wrote",
        cause);
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
