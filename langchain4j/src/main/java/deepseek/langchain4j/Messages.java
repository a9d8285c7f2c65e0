package deepseek.langchain4j;

import deepseek.text.chat.ChatMessage;
import deepseek.text.chat.ToolCall;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Messages as chat templates take them. */
final class Messages {
  private Messages() {}

  static List<ChatMessage> of(List<dev.langchain4j.data.message.ChatMessage> messages) {
    return messages.stream().map(Messages::of).toList();
  }

  private static ChatMessage of(dev.langchain4j.data.message.ChatMessage message) {
    return switch (message) {
      case SystemMessage system -> ChatMessage.system(system.text());
      case UserMessage user -> named(ChatMessage.user(text(user.contents())), user.name());
      case AiMessage answer -> answer(answer);
      case ToolExecutionResultMessage result ->
          ChatMessage.tool(orEmpty(result.id()), result.toolName(), text(result.contents()));
      default ->
          throw Refusal.of(
              "read a message", "one of the system, user, model or a tool", message.type() + "");
    };
  }

  private static ChatMessage named(ChatMessage message, @Nullable String name) {
    return name == null ? message : message.with("name", name);
  }

  private static String text(List<Content> contents) {
    StringBuilder text = new StringBuilder();
    for (Content content : contents) {
      if (!(content instanceof TextContent part)) {
        throw Refusal.of(
            "read a message", "text", content.type().name().toLowerCase(Locale.ROOT) + " content");
      }
      text.append(part.text());
    }
    return text.toString();
  }

  private static ChatMessage answer(AiMessage answer) {
    ChatMessage message = ChatMessage.assistant(orEmpty(answer.text()));
    if (answer.thinking() != null) {
      message = message.withReasoning(answer.thinking());
    }
    return answer.hasToolExecutionRequests()
        ? message.withToolCalls(
            answer.toolExecutionRequests().stream().map(Messages::call).toList())
        : message;
  }

  private static ToolCall call(ToolExecutionRequest call) {
    return ToolCall.ofJson(orEmpty(call.id()), call.name(), orEmpty(call.arguments()));
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
