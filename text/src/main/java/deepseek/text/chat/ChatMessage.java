package deepseek.text.chat;

import deepseek.files.DataException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation, with the fields of OpenAI's API: {@code role}, {@code content} (a
 * text, or a list of parts), and optionally {@code tool_calls}, {@code tool_call_id}, {@code name}
 * and {@code reasoning_content}. All fields are kept, since templates may use any of them.
 *
 * @param fields plain data; {@code role} is required
 */
public record ChatMessage(Map<String, ? extends @Nullable Object> fields) {
  private static final String ROLE = "role";
  private static final String CONTENT = "content";

  public ChatMessage {
    fields = Collections.unmodifiableMap(new LinkedHashMap<String, @Nullable Object>(fields));
    if (!(fields.get(ROLE) instanceof String)) {
      throw new DataException(
          "read a chat message",
          "a role such as system, user or assistant",
          fields.containsKey(ROLE) ? String.valueOf(fields.get(ROLE)) : "none",
          "give every message a role");
    }
  }

  /** A message with a role and a text. */
  public static ChatMessage of(String role, String content) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put(ROLE, role);
    fields.put(CONTENT, content);
    return new ChatMessage(fields);
  }

  /** A message with instructions for the model. */
  public static ChatMessage system(String content) {
    return of("system", content);
  }

  /** A message of the user. */
  public static ChatMessage user(String content) {
    return of("user", content);
  }

  /** A message of the model. */
  public static ChatMessage assistant(String content) {
    return of("assistant", content);
  }

  /** The result of the tool call {@code toolCallId}. */
  public static ChatMessage tool(String toolCallId, String name, String content) {
    return of("tool", content).with("tool_call_id", toolCallId).with("name", name);
  }

  /** A copy with one field set. */
  public ChatMessage with(String field, @Nullable Object value) {
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(fields);
    changed.put(field, value);
    return new ChatMessage(changed);
  }

  /** A copy with the tool calls that the model made. */
  public ChatMessage withToolCalls(List<ToolCall> calls) {
    return with("tool_calls", calls.stream().map(ToolCall::fields).toList());
  }

  /** A copy with the reasoning that preceded the answer. */
  public ChatMessage withReasoning(String reasoning) {
    return with("reasoning_content", reasoning);
  }

  /** The role, such as {@code user}. */
  public String role() {
    return String.valueOf(fields.get(ROLE));
  }

  /** The text of the content; if it is a list of parts, the text parts joined. */
  public String text() {
    Object content = fields.get(CONTENT);
    if (content instanceof String text) {
      return text;
    }
    List<String> texts = new ArrayList<>();
    if (content instanceof List<?> parts) {
      for (Object part : parts) {
        if (part instanceof Map<?, ?> map && map.get("text") instanceof String text) {
          texts.add(text);
        }
      }
    }
    return String.join("", texts);
  }
}
