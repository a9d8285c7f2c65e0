package deepseek.langchain4j;

import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onCompleteResponse;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onCompleteToolCall;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onPartialResponse;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onPartialThinking;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.onPartialToolCall;
import static dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils.withLoggingExceptions;

import deepseek.models.generate.TextAnswer;
import deepseek.text.chat.AnswerReader;
import deepseek.text.chat.Delta;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** An answer that a handler hears as it comes, and may cancel. */
final class StreamedAnswer implements StreamingHandle {
  private final StreamingChatResponseHandler handler;
  private final AnswerReader reader;
  private final TextAnswer answer;
  private final AtomicBoolean isCancelled = new AtomicBoolean();

  /** Starts the answer. */
  StreamedAnswer(ChatTask task, StreamingChatResponseHandler handler) {
    this.handler = handler;
    this.reader = task.reader();
    this.answer = task.start();
  }

  @Override
  public void cancel() {
    isCancelled.set(true);
    answer.cancel();
  }

  @Override
  public boolean isCancelled() {
    return isCancelled.get();
  }

  /** Waits for the answer and passes it on. */
  void run(@Nullable String modelName) {
    try (answer) {
      ChatResponse response = Answers.read(answer, reader, modelName, this::pass);
      if (!isCancelled()) {
        passCalls();
        onCompleteResponse(handler, response);
      }
    } catch (RuntimeException e) {
      if (!isCancelled()) {
        withLoggingExceptions(() -> handler.onError(e));
      }
    }
  }

  private void pass(Delta delta) {
    if (isCancelled()) {
      return;
    }
    switch (delta) {
      case Delta.Reasoning(String text) -> onPartialThinking(handler, text, this);
      case Delta.Content(String text) -> onPartialResponse(handler, text, this);
      case Delta.CallBegin _ -> {}
      case Delta.CallArguments(int index, String json) -> passArguments(index, json);
    }
  }

  private void passArguments(int index, String json) {
    AnswerReader.Call call = reader.calls().get(index);
    onPartialToolCall(
        handler,
        PartialToolCall.builder()
            .index(index)
            .id(call.id())
            .name(call.name())
            .partialArguments(json)
            .build(),
        this);
  }

  private void passCalls() {
    List<AnswerReader.Call> calls = reader.calls();
    for (int index = 0; index < calls.size(); index++) {
      onCompleteToolCall(handler, new CompleteToolCall(index, Answers.request(calls.get(index))));
    }
  }
}
