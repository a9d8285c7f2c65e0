package deepseek.text.chat;

import deepseek.text.jinja.Given;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Messages as templates see them, with untrusted texts marked. */
final class MessageFields {
  /** Words from which templates build special tokens, such as {@code <|}, a role and {@code |>}. */
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_-]*");

  private MessageFields() {}

  /**
   * Templates use different names for the reasoning; as in transformers, all of them are set, and
   * fields without a value are omitted.
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

  /** Marks all texts as {@link Given}, except roles and the types of content parts. */
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

  /**
   * Not marked if it is a single word, which can't be a special token itself, but from which a
   * template may build one.
   */
  static @Nullable Object givenUnlessWord(@Nullable Object value) {
    return value instanceof String text && WORD.matcher(text).matches() ? text : new Given(value);
  }
}
