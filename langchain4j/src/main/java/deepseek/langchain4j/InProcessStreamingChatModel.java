package deepseek.langchain4j;

import deepseek.models.CausalLm;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Set;

/**
 * A language model in this process as LangChain4j's {@code StreamingChatModel}: what {@link
 * InProcessChatModel} answers, part by part, on a virtual thread of each request. Errors go to
 * {@code onError}, also those of requests that are refused. After a cancellation by the stream's
 * handle nothing more is heard.
 */
public final class InProcessStreamingChatModel implements StreamingChatModel {
  private final ChatSettings settings;

  /** Greedy answers of up to 512 tokens, unless a request says otherwise. */
  public InProcessStreamingChatModel(CausalLm model) {
    this(ChatSettings.of(model));
  }

  /** Answers by these settings. */
  public InProcessStreamingChatModel(ChatSettings settings) {
    this.settings = settings;
  }

  @Override
  public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
    StreamedAnswer answer;
    try {
      answer = new StreamedAnswer(ChatTask.of(settings, request), handler);
    } catch (RuntimeException e) {
      handler.onError(e);
      return;
    }
    Thread.ofVirtual()
        .name("chat-answer")
        .start(() -> answer.run(settings.parameters().modelName()));
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return settings.parameters();
  }

  @Override
  public List<ChatModelListener> listeners() {
    return settings.listeners();
  }

  @Override
  public Set<Capability> supportedCapabilities() {
    return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
  }
}
