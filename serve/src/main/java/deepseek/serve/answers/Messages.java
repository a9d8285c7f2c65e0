package deepseek.serve.answers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.serve.http.ApiException;
import deepseek.serve.http.Fields;
import deepseek.text.chat.ChatMessage;
import deepseek.text.chat.ToolCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the messages of a conversation. */
public final class Messages {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<Map<String, @Nullable Object>> PLAIN =
      new TypeReference<>() {};
  private static final List<String> ROLES =
      List.of("system", "developer", "user", "assistant", "tool", "function");

  private Messages() {}

  /** The messages in the field {@code messages}, of which there must be one. */
  public static List<ChatMessage> read(Fields body) {
    List<ChatMessage> all = new ArrayList<>();
    for (Fields message : body.objects("messages")) {
      all.add(message(message));
    }
    if (all.isEmpty()) {
      throw body.refused("messages", "at least one message", "none");
    }
    return all;
  }

  private static ChatMessage message(Fields fields) {
    String role = fields.word("role", ROLES).orElseThrow(() -> fields.missing("role", "a role"));
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put(
        "role",
        switch (role) {
          case "developer" -> "system";
          case "function" -> "tool";
          default -> role;
        });
    message.put("content", content(fields, "content").orElse(""));
    for (String name : List.of("name", "tool_call_id")) {
      fields.optionalText(name).ifPresent(text -> message.put(name, text));
    }
    fields.optionalText("tool_name").ifPresent(text -> message.put("name", text));
    ChatMessage read = new ChatMessage(message);
    Optional<String> reasoning =
        fields.optionalText("reasoning_content").or(() -> fields.optionalText("thinking"));
    read = reasoning.isPresent() ? read.withReasoning(reasoning.get()) : read;
    List<ToolCall> calls = fields.objects("tool_calls").stream().map(Messages::call).toList();
    return calls.isEmpty() ? read : read.withToolCalls(calls);
  }

  /** The text of a content, which may be a list of parts. */
  public static Optional<String> content(Fields fields, String name) {
    Optional<JsonNode> value = fields.value(name);
    if (value.isEmpty() || value.get().isTextual()) {
      return fields.optionalText(name);
    }
    StringBuilder text = new StringBuilder();
    for (Fields part : fields.objects(name)) {
      String type = part.optionalText("type").orElse("text");
      switch (type) {
        case "text", "input_text", "output_text" -> text.append(part.text("text"));
        case "refusal" -> text.append(part.text("refusal"));
        default -> throw part.refused("type", "text, which is all that is served", type);
      }
    }
    return Optional.of(text.toString());
  }

  private static ToolCall call(Fields fields) {
    Fields function = fields.requiredObject("function");
    return new ToolCall(
        fields.optionalText("id").orElse(""),
        function.text("name"),
        function.value("arguments").map(a -> arguments(function, a)).orElse(Map.of()));
  }

  private static Map<String, @Nullable Object> arguments(Fields function, JsonNode value) {
    return value.isTextual()
        ? parsedArguments(value.textValue(), function.path("arguments"))
        : plain(function.requiredObject("arguments").json());
  }

  /** The arguments of an earlier call, which APIs spell as a text of JSON. */
  public static Map<String, @Nullable Object> parsedArguments(String text, String path) {
    try {
      return text.isBlank() ? Map.of() : JSON.readValue(text, PLAIN);
    } catch (JsonProcessingException e) {
      throw ApiException.ofField(
          path, "the text of a JSON object", "another text", "pass on what the model wrote");
    }
  }

  /** A JSON object as plain maps and lists, for templates. */
  public static Map<String, @Nullable Object> plain(JsonNode object) {
    return JSON.convertValue(object, PLAIN);
  }

  /** The JSON object that a text is, if it is one. */
  public static Optional<ObjectNode> object(String text) {
    try {
      return JSON.readTree(text) instanceof ObjectNode object
          ? Optional.of(object)
          : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** JSON from plain maps and lists. */
  public static JsonNode json(Object plain) {
    return JSON.valueToTree(plain);
  }
}
