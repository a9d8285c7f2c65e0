package deepseek.springai;

import deepseek.models.ModelException;
import deepseek.text.chat.ChatMessage;
import deepseek.text.chat.ToolCall;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.content.MediaContent;

/** Messages as chat templates take them. */
final class Messages {
  /** Where an answer's reasoning is in the metadata of its message. */
  static final String REASONING = "reasoningContent";

  private Messages() {}

  static List<ChatMessage> of(List<Message> messages) {
    return messages.stream().flatMap(Messages::of).toList();
  }

  private static Stream<ChatMessage> of(Message message) {
    if (message instanceof MediaContent content && !content.getMedia().isEmpty()) {
      throw new ModelException(
          "read a message",
          "text",
          "media of type " + content.getMedia().getFirst().getMimeType(),
          "leave it out");
    }
    return switch (message) {
      case SystemMessage system -> Stream.of(ChatMessage.system(orEmpty(system.getText())));
      case UserMessage user -> Stream.of(ChatMessage.user(orEmpty(user.getText())));
      case AssistantMessage answer -> Stream.of(answer(answer));
      case ToolResponseMessage results ->
          results.getResponses().stream()
              .map(result -> ChatMessage.tool(result.id(), result.name(), result.responseData()));
      default ->
          throw new ModelException(
              "read a message",
              "one of the system, user, model or a tool",
              message.getClass().getSimpleName(),
              "leave it out");
    };
  }

  private static ChatMessage answer(AssistantMessage answer) {
    ChatMessage message = ChatMessage.assistant(orEmpty(answer.getText()));
    if (answer.getMetadata().get(REASONING) instanceof String reasoning) {
      message = message.withReasoning(reasoning);
    }
    return answer.hasToolCalls()
        ? message.withToolCalls(
            answer.getToolCalls().stream()
                .map(call -> ToolCall.ofJson(call.id(), call.name(), call.arguments()))
                .toList())
        : message;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
