package deepseek.text.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Tells a model of its tools in a system message, for chat templates that can't: the format is that
 * of Hermes, which SmolLM2 has learnt in this way.
 */
public final class ToolPrompt {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ToolPrompt() {}

  /** The conversation with tools, as in {@link ChatOptions#tools}, calls and results as texts. */
  public static List<ChatMessage> told(List<ChatMessage> messages, List<Map<String, ?>> tools) {
    List<ChatMessage> out = new ArrayList<>();
    for (ChatMessage message : messages) {
      out.add(asText(message));
    }
    if (!tools.isEmpty()) {
      boolean hasSystem = !out.isEmpty() && out.getFirst().role().equals("system");
      String given = hasSystem ? out.removeFirst().text() + "\n\n" : "";
      out.addFirst(ChatMessage.system(given + instructions(tools)));
    }
    return out;
  }

  private static String instructions(List<Map<String, ?>> tools) {
    StringBuilder text = new StringBuilder("You can call these functions:\n<tools>\n");
    for (Map<String, ?> tool : tools) {
      text.append(JSON.<JsonNode>valueToTree(tool)).append('\n');
    }
    return text.append("</tools>\nTo call one, answer with its name and arguments, as JSON between")
        .append(" tags and nothing else:\n<tool_call>\n")
        .append("{\"name\": \"NAME\", \"arguments\": {\"PARAMETER\": \"VALUE\"}}\n</tool_call>\n")
        .append("If none of them helps, answer without calling one.")
        .toString();
  }

  private static ChatMessage asText(ChatMessage message) {
    if (message.fields().get("tool_calls") instanceof List<?> calls) {
      StringBuilder text = new StringBuilder(message.text());
      for (JsonNode call : JSON.<JsonNode>valueToTree(calls)) {
        text.append(text.isEmpty() ? "" : "\n")
            .append("<tool_call>\n")
            .append(call.path("function"))
            .append("\n</tool_call>");
      }
      return ChatMessage.assistant(text.toString());
    }
    return message.role().equals("tool")
        ? ChatMessage.user("<tool_response>\n" + message.text() + "\n</tool_response>")
        : message;
  }
}
