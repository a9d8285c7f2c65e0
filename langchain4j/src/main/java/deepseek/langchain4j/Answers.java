package deepseek.langchain4j;

import deepseek.models.generate.Generation;
import deepseek.models.generate.TextAnswer;
import deepseek.models.generate.TextPart;
import deepseek.models.generate.TokenChoice;
import deepseek.text.chat.AnswerReader;
import deepseek.text.chat.Delta;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers as LangChain4j has them. */
final class Answers {
  private Answers() {}

  /** Waits for the whole answer; {@code onDelta} gets its parts as they come. */
  static ChatResponse read(
      TextAnswer answer, AnswerReader reader, @Nullable String name, Consumer<Delta> onDelta) {
    for (TextPart part : answer) {
      int[] ids = part.tokens().stream().mapToInt(TokenChoice::id).toArray();
      reader.push(part.text(), ids).forEach(onDelta);
    }
    Generation generation = answer.result();
    reader.finish().forEach(onDelta);
    return ChatResponse.builder()
        .aiMessage(message(reader))
        .modelName(name)
        .tokenUsage(new TokenUsage(generation.promptIds().length, generation.ids().length))
        .finishReason(finish(generation, !reader.calls().isEmpty()))
        .build();
  }

  private static AiMessage message(AnswerReader reader) {
    List<ToolExecutionRequest> calls = reader.calls().stream().map(Answers::request).toList();
    boolean isCallOnly = reader.content().isEmpty() && !calls.isEmpty();
    return AiMessage.builder()
        .text(isCallOnly ? null : reader.content())
        .thinking(reader.reasoning().isEmpty() ? null : reader.reasoning())
        .toolExecutionRequests(calls)
        .build();
  }

  static ToolExecutionRequest request(AnswerReader.Call call) {
    return ToolExecutionRequest.builder()
        .id(call.id())
        .name(call.name())
        .arguments(call.arguments())
        .build();
  }

  private static FinishReason finish(Generation generation, boolean hasCalls) {
    return switch (generation.finish()) {
      case STOP, STOP_STRING -> hasCalls ? FinishReason.TOOL_EXECUTION : FinishReason.STOP;
      case LENGTH -> FinishReason.LENGTH;
      case CANCELLED -> FinishReason.OTHER;
    };
  }
}
