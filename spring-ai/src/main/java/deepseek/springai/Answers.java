package deepseek.springai;

import deepseek.models.generate.TextPart;
import deepseek.models.generate.TokenChoice;
import deepseek.text.chat.AnswerReader;
import deepseek.text.chat.Delta;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

/** Answers of one model as Spring AI has them. */
final class Answers {
  private final AnswerReader reader;
  private final String modelName;

  Answers(AnswerReader reader, String modelName) {
    this.reader = reader;
    this.modelName = modelName;
  }

  /** The responses that a part of the answer makes, of which there may be none. */
  List<ChatResponse> push(TextPart part) {
    int[] ids = part.tokens().stream().mapToInt(TokenChoice::id).toArray();
    return reader.push(part.text(), ids).stream().flatMap(this::response).toList();
  }

  /** The rest of the text, then calls, the end's reason and what was used. */
  List<ChatResponse> finish(deepseek.models.generate.Generation generation) {
    Stream<ChatResponse> rest = reader.finish().stream().flatMap(this::response);
    return Stream.concat(rest, Stream.of(end("", Map.of(), generation))).toList();
  }

  /** The whole answer, once all parts have come. */
  ChatResponse whole(deepseek.models.generate.Generation generation) {
    reader.finish();
    return end(reader.content(), reasoning(reader.reasoning()), generation);
  }

  private Stream<ChatResponse> response(Delta delta) {
    return switch (delta) {
      case Delta.Reasoning(String text) -> Stream.of(part("", reasoning(text)));
      case Delta.Content(String text) -> Stream.of(part(text, Map.of()));
      // Calls come whole, at the end.
      case Delta.CallBegin _, Delta.CallArguments _ -> Stream.empty();
    };
  }

  private static Map<String, Object> reasoning(String text) {
    return text.isEmpty() ? Map.of() : Map.of(Messages.REASONING, text);
  }

  private ChatResponse part(String text, Map<String, Object> properties) {
    var message = AssistantMessage.builder().content(text).properties(properties).build();
    return new ChatResponse(
        List.of(new Generation(message)), ChatResponseMetadata.builder().model(modelName).build());
  }

  private ChatResponse end(
      String text, Map<String, Object> properties, deepseek.models.generate.Generation generation) {
    var calls =
        reader.calls().stream()
            .map(
                call ->
                    new AssistantMessage.ToolCall(
                        call.id(), "function", call.name(), call.arguments()))
            .toList();
    var message =
        AssistantMessage.builder().content(text).properties(properties).toolCalls(calls).build();
    var metadata =
        ChatGenerationMetadata.builder()
            .finishReason(finishReason(generation, !calls.isEmpty()))
            .build();
    int prompt = generation.promptIds().length;
    int answer = generation.ids().length;
    var usage =
        new DefaultUsage(
            prompt, answer, prompt + answer, null, (long) generation.cachedTokens(), null);
    return new ChatResponse(
        List.of(new Generation(message, metadata)),
        ChatResponseMetadata.builder().model(modelName).usage(usage).build());
  }

  private static String finishReason(
      deepseek.models.generate.Generation generation, boolean hasCalls) {
    return switch (generation.finish()) {
      case STOP, STOP_STRING -> hasCalls ? "TOOL_CALLS" : "STOP";
      case LENGTH -> "LENGTH";
      case CANCELLED -> "CANCELLED";
    };
  }
}
