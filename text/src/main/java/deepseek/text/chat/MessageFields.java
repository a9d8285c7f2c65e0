package deepseek.text.chat;

import deepseek.text.jinja.Given;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Messages as templates see them, and which of their texts a stranger may have written. */
final class MessageFields {
  /** Of which templates make tokens: {@code <|} and a role and {@code |>}. */
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_-]*");

  private MessageFields() {}

  /**
   * Templates differ in what they call the reasoning; as in transformers, each finds its name, and
   * fields without a value are left out.
   */
  static List<Map<String, @Nullable Object>> of(List<ChatMessage> messages) {
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (ChatMessage message : messages) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>(message.fields());
      fields.values().removeIf(Objects::isNull);
      Object reasoning = null;
      for (String name : List.of("reasoning_content", "thinking", "reasoning")) {
        reasoning = reasoning == null ? fields.get(name) : reasoning;
      }
      if (reasoning != null) {
        fields.putIfAbsent("thinking", reasoning);
        fields.put("reasoning_content", reasoning);
      }
      all.add(fields);
    }
    return all;
  }

  /** All texts are given, but for a role and the type of a part of the content. */
  static List<Map<String, @Nullable Object>> given(List<Map<String, @Nullable Object>> messages) {
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (Map<String, @Nullable Object> message : messages) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      message.forEach(
          (name, value) ->
              fields.put(
                  name,
                  switch (name) {
                    case "role" -> givenUnlessWord(value);
                    case "content" -> content(value);
                    default -> new Given(value);
                  }));
      all.add(fields);
    }
    return all;
  }

  private static @Nullable Object content(@Nullable Object content) {
    if (!(content instanceof List<?> parts)) {
      return new Given(content);
    }
    List<@Nullable Object> all = new ArrayList<>();
    for (Object part : parts) {
      if (part instanceof Map<?, ?> fields) {
        Map<@Nullable Object, @Nullable Object> copy = new LinkedHashMap<>();
        fields.forEach(
            (name, value) ->
                copy.put(name, "type".equals(name) ? givenUnlessWord(value) : new Given(value)));
        all.add(copy);
      } else {
        all.add(new Given(part));
      }
    }
    return all;
  }

  /** A mere word can't be a special token, but a template may make one of it. */
  static @Nullable Object givenUnlessWord(@Nullable Object value) {
    return value instanceof String text && WORD.matcher(text).matches() ? text : new Given(value);
  }
}
