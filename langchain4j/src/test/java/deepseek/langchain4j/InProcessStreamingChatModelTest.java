package deepseek.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.DeepseekException;
import deepseek.compute.LeakCheck;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.ModelOptions;
import deepseek.models.generate.GenerationOptions;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class InProcessStreamingChatModelTest {
  private static final GenerationOptions SHORT = GenerationOptions.defaults().withMaxNewTokens(20);
  private static final ToolSpecification TIME = ToolSpecification.builder().name("time").build();

  private CausalLm model;

  @BeforeEach
  void open() {
    // Tools are told in more words than the model has learnt to read.
    model = AutoModel.causalLm(Models.TINY, ModelOptions.defaults().withContextLength(1024));
  }

  @AfterEach
  void close() {
    model.close();
  }

  /** Writes down what it hears. */
  private static class Heard implements StreamingChatResponseHandler {
    final StringBuilder text = new StringBuilder();
    final StringBuilder arguments = new StringBuilder();
    final StringBuilder thinking = new StringBuilder();
    final CompletableFuture<ChatResponse> end = new CompletableFuture<>();
    final List<CompleteToolCall> calls = new ArrayList<>();
    int parts;

    @Override
    public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
      parts++;
      text.append(part.text());
    }

    @Override
    public void onPartialThinking(PartialThinking part) {
      thinking.append(part.text());
    }

    @Override
    public void onPartialToolCall(PartialToolCall part) {
      assertThat(part.name()).isEqualTo("time");
      arguments.append(part.partialArguments());
    }

    @Override
    public void onCompleteToolCall(CompleteToolCall complete) {
      calls.add(complete);
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
      end.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      end.completeExceptionally(error);
    }
  }

  private Heard heard(GenerationOptions options, ChatRequest request) {
    Heard heard = new Heard();
    var chat = new InProcessStreamingChatModel(ChatSettings.of(model).withOptions(options));
    chat.chat(request, heard);
    return heard;
  }

  private static ChatRequest sky(ToolSpecification... tools) {
    return ChatRequest.builder()
        .messages(UserMessage.from("the sky"))
        .toolSpecifications(tools)
        .build();
  }

  @Test
  void partsJoinToTheAnswer() {
    String text = new InProcessChatModel(ChatSettings.of(model).withOptions(SHORT)).chat("the sky");
    Heard heard = heard(SHORT, sky());
    ChatResponse response = heard.end.join();
    assertThat(response.aiMessage().text()).isEqualTo(text);
    assertThat(heard.text.toString()).isEqualTo(text);
    assertThat(heard.parts).isGreaterThan(5);
    assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(20);
  }

  @Test
  void toolCallsComeInParts() {
    GenerationOptions saying =
        InProcessChatModelTest.saying(
            "Wait.<tool_call>{\"name\": \"time\", \"arguments\": {\"zone\": \"UTC\"}}");
    Heard heard = heard(saying, sky(TIME));
    ChatResponse response = heard.end.join();
    assertThat(heard.text.toString()).isEqualTo("Wait.");
    assertThat(heard.arguments.toString()).isEqualTo("{\"zone\": \"UTC\"}");
    assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
    assertThat(response.aiMessage().toolExecutionRequests())
        .containsExactly(heard.calls.getFirst().toolExecutionRequest());
    assertThat(response.aiMessage().text()).isEqualTo("Wait.");
  }

  @Test
  void errorsGoToTheHandler() {
    ChatRequest image =
        ChatRequest.builder()
            .messages(UserMessage.from(ImageContent.from("http://example.org/a.png")))
            .build();
    assertThat(heard(SHORT, image).end)
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(UnsupportedFeatureException.class);
    ChatRequest tooLong =
        ChatRequest.builder().messages(UserMessage.from("the sky ".repeat(1000))).build();
    assertThat(heard(SHORT, tooLong).end.handle((response, error) -> error).join())
        .isInstanceOf(DeepseekException.class);
  }

  @Test
  void aCancelledAnswerIsHeardNoMore() {
    GenerationOptions endless = InProcessChatModelTest.endless(model);
    Heard heard =
        new Heard() {
          @Override
          public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
            super.onPartialResponse(part, context);
            context.streamingHandle().cancel();
            assertThat(context.streamingHandle().isCancelled()).isTrue();
          }
        };
    ChatTask task = ChatTask.of(ChatSettings.of(model).withOptions(endless), sky());
    new StreamedAnswer(task, heard).run(null);
    assertThat(heard.parts).isEqualTo(1);
    assertThat(heard.end).isNotDone();
    assertThat(model.engine().stats().generatedTokens()).isLessThan(InProcessChatModelTest.ENDLESS);
  }

  @Test
  void whatAHandlerThrowsIsAnError() {
    List<Throwable> errors = new CopyOnWriteArrayList<>();
    Heard heard =
        new Heard() {
          @Override
          public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
            throw new IllegalStateException("full");
          }

          @Override
          public void onError(Throwable error) {
            errors.add(error);
          }
        };
    var chat = new InProcessStreamingChatModel(ChatSettings.of(model).withOptions(SHORT));
    chat.chat(sky(), heard);
    assertThat(heard.end.join().aiMessage().text()).isNotEmpty();
    assertThat(errors).isNotEmpty().allMatch(error -> "full".equals(error.getMessage()));
  }
}
