package deepseek.langchain4j;

import deepseek.models.CausalLm;
import deepseek.models.generate.TextAnswer;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A language model in this process as LangChain4j's {@code ChatModel}. Messages hold text; tools
 * are told as the model's chat template does, and a JSON response format is kept to by a grammar.
 * Safe for use by several threads, whose requests run together.
 *
 * <pre>{@code
 * try (CausalLm model = AutoModel.causalLm("smollm2:135m")) {
 *   System.out.println(new InProcessChatModel(model).chat("Why is the sky blue?"));
 * }
 * }</pre>
 *
 * <p>An interrupt of the thread that waits ends the answer with {@code FinishReason.OTHER}. What
 * isn't supported is refused with {@code UnsupportedFeatureException}: other contents than text,
 * {@code ToolChoice.REQUIRED}, tools together with a JSON response format, other models by name. A
 * model whose queue is full throws {@code RateLimitException}.
 */
public final class InProcessChatModel implements ChatModel {
  private final ChatSettings settings;

  /** Greedy answers of up to 512 tokens, unless a request says otherwise. */
  public InProcessChatModel(CausalLm model) {
    this(ChatSettings.of(model));
  }

  /** Answers by these settings. */
  public InProcessChatModel(ChatSettings settings) {
    this.settings = settings;
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    ChatTask task = ChatTask.of(settings, request);
    return read(task, task.start());
  }

  private ChatResponse read(ChatTask task, TextAnswer started) {
    try (TextAnswer answer = started) {
      return Answers.read(answer, task.reader(), settings.parameters().modelName(), delta -> {});
    }
  }

  /** Waits on a thread of its own; cancelling the future cancels the answer. */
  @Override
  public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
    ChatTask task = ChatTask.of(settings, request);
    TextAnswer answer = task.start();
    CompletableFuture<ChatResponse> future =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterrupt) {
            answer.cancel();
            return super.cancel(mayInterrupt);
          }
        };
    Thread.ofVirtual()
        .name("chat-answer")
        .start(
            () -> {
              try {
                future.complete(read(task, answer));
              } catch (RuntimeException e) {
                future.completeExceptionally(e);
              }
            });
    return future;
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
