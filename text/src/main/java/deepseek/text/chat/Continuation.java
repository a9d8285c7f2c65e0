package deepseek.text.chat;

import deepseek.files.DataException;
import deepseek.text.tokenizer.PromptText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Leaves the last message of a rendered conversation open, so that the model continues it: a marker
 * is appended to it before rendering, and the rendered text is cut at the marker.
 */
final class Continuation {
  private static final String MARK = "CONTINUE_FINAL_MESSAGE_TAG ";
  private final String content;

  private Continuation(String content) {
    this.content = content;
  }

  /** Appends the marker to the last of {@code messages}. */
  static Continuation open(List<Map<String, @Nullable Object>> messages) {
    Map<String, @Nullable Object> last = messages.isEmpty() ? Map.of() : messages.getLast();
    Object content = last.get("content");
    if (content instanceof String text) {
      last.put("content", text + MARK);
      return new Continuation(text);
    }
    if (content instanceof List<?> parts) {
      List<@Nullable Object> copy = new ArrayList<>(parts);
      for (int i = copy.size() - 1; i >= 0; i--) {
        if (copy.get(i) instanceof Map<?, ?> part && part.get("text") instanceof String text) {
          Map<Object, @Nullable Object> marked = new LinkedHashMap<>(part);
          marked.put("text", text + MARK);
          copy.set(i, marked);
          last.put("content", copy);
          return new Continuation(text);
        }
      }
    }
    throw failure("a last message with text to continue", "none");
  }

  PromptText cut(PromptText prompt) {
    String rendered = prompt.text();
    int at = rendered.lastIndexOf(MARK.strip());
    if (at < 0 || !rendered.contains(content.strip())) {
      throw failure("a template that shows the last message whole", "one that changes it");
    }
    // A template that trims contents also removed the marker's own space, so trim here as well.
    boolean trims = !rendered.startsWith(MARK, at);
    return prompt.first(trims ? rendered.substring(0, at).stripTrailing().length() : at);
  }

  private static DataException failure(String expected, String got) {
    return new DataException(
        "continue the last message", expected, got, "end with an assistant message");
  }
}
