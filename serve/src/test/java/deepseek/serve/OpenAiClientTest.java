package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ToolChoiceOptions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** OpenAI's own client for Java finds what it looks for. */
class OpenAiClientTest {
  /** A form that the client derives from the class. */
  public static final class Weather {
    public @Nullable Sky sky;
    public boolean windy;

    /** How it looks. */
    public enum Sky {
      BLUE,
      GREY
    }
  }

  private static final Map<String, Object> CITY =
      Map.of(
          "type",
          "object",
          "properties",
          Map.of("city", Map.of("enum", List.of("Rome", "Oslo"))),
          "required",
          List.of("city"),
          "additionalProperties",
          false);

  private static TestServer server;
  private static OpenAIClient client;

  @BeforeAll
  static void open() {
    server = TestServer.open();
    client =
        OpenAIOkHttpClient.builder()
            .baseUrl("http://127.0.0.1:" + server.port() + "/v1")
            .apiKey("none-needed")
            .maxRetries(0)
            .build();
  }

  @AfterAll
  static void close() throws Exception {
    client.close();
    server.assertQuiet();
    server.server().close();
  }

  private static ChatCompletionCreateParams.Builder chat(int tokens) {
    return ChatCompletionCreateParams.builder()
        .model("tiny")
        .addUserMessage("the sky")
        .temperature(0)
        .maxCompletionTokens(tokens);
  }

  @Test
  void chats() {
    ChatCompletion whole =
        client.chat().completions().create(chat(8).logprobs(true).topLogprobs(1).build());
    ChatCompletion.Choice choice = whole.choices().getFirst();
    assertThat(choice.message().content()).isPresent();
    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
    assertThat(choice.logprobs().orElseThrow().content().orElseThrow()).hasSize(8);
    assertThat(whole.usage().orElseThrow().completionTokens()).isEqualTo(8);
    assertThat(whole.validate()).isSameAs(whole);
  }

  @Test
  void streams() {
    ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
    ChatCompletionCreateParams params =
        chat(8)
            .n(2)
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(params)) {
      stream.stream().forEach(chunk -> all.accumulate(chunk.validate()));
    }
    ChatCompletion streamed = all.chatCompletion();
    assertThat(streamed.choices()).hasSize(2);
    assertThat(streamed.choices().getFirst().message().content())
        .isEqualTo(
            client
                .chat()
                .completions()
                .create(chat(8).build())
                .choices()
                .getFirst()
                .message()
                .content());
    assertThat(streamed.usage().orElseThrow().completionTokens()).isEqualTo(16);
  }

  private static ChatCompletionCreateParams withTool() {
    FunctionParameters.Builder parameters = FunctionParameters.builder();
    CITY.forEach((name, value) -> parameters.putAdditionalProperty(name, JsonValue.from(value)));
    return chat(200)
        .addTool(
            ChatCompletionFunctionTool.builder()
                .function(
                    FunctionDefinition.builder()
                        .name("weather")
                        .description("of a city")
                        .parameters(parameters.build())
                        .build())
                .build())
        .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
        .build();
  }

  private static void assertCalls(ChatCompletion answer) throws Exception {
    assertThat(answer.choices().getFirst().finishReason())
        .isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
    ChatCompletionMessageFunctionToolCall.Function call =
        answer
            .choices()
            .getFirst()
            .message()
            .toolCalls()
            .orElseThrow()
            .getFirst()
            .asFunction()
            .function();
    assertThat(call.name()).isEqualTo("weather");
    assertThat(TestServer.JSON.readTree(call.arguments()).path("city").asText())
        .isIn("Rome", "Oslo");
  }

  @Test
  void callsTools() throws Exception {
    assertCalls(client.chat().completions().create(withTool()));
    ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(withTool())) {
      stream.stream().forEach(all::accumulate);
    }
    assertCalls(all.chatCompletion());
  }

  @Test
  void readsAnswersInAForm() {
    Weather weather =
        client
            .chat()
            .completions()
            .create(chat(200).responseFormat(Weather.class).build())
            .choices()
            .getFirst()
            .message()
            .content()
            .orElseThrow();
    assertThat(weather.sky).isIn(Weather.Sky.BLUE, Weather.Sky.GREY);
  }

  @Test
  void embeds() {
    CreateEmbeddingResponse vectors =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("mean")
                    .inputOfArrayOfStrings(List.of("a cat", "a dog"))
                    .build());
    assertThat(vectors.data()).hasSize(2);
    assertThat(vectors.data().get(1).index()).isEqualTo(1);
    assertThat(vectors.data().getFirst().embedding()).hasSizeGreaterThan(8);
    assertThat(vectors.usage().promptTokens()).isPositive();
  }

  @Test
  void completes() {
    assertThat(
            client
                .completions()
                .create(
                    CompletionCreateParams.builder()
                        .model("tiny")
                        .prompt("the sky")
                        .maxTokens(4)
                        .echo(true)
                        .build())
                .choices()
                .getFirst()
                .text())
        .startsWith("the sky");
  }

  private static ResponseCreateParams.Builder response() {
    return ResponseCreateParams.builder().model("tiny").input("the sky").temperature(0.0);
  }

  @Test
  void responds() {
    Response whole = client.responses().create(response().maxOutputTokens(8).build());
    String text =
        whole
            .output()
            .getFirst()
            .message()
            .orElseThrow()
            .content()
            .getFirst()
            .asOutputText()
            .text();
    ResponseAccumulator all = ResponseAccumulator.create();
    StringBuilder pieces = new StringBuilder();
    try (StreamResponse<ResponseStreamEvent> stream =
        client.responses().createStreaming(response().maxOutputTokens(8).build())) {
      stream.stream()
          .forEach(
              event -> {
                all.accumulate(event.validate());
                event.outputTextDelta().ifPresent(delta -> pieces.append(delta.delta()));
              });
    }
    assertThat(pieces.toString()).isEqualTo(text);
    assertThat(all.response().usage().orElseThrow().outputTokens()).isEqualTo(8);
  }

  @Test
  void respondsWithCalls() throws Exception {
    FunctionTool.Parameters.Builder parameters = FunctionTool.Parameters.builder();
    CITY.forEach((name, value) -> parameters.putAdditionalProperty(name, JsonValue.from(value)));
    ResponseCreateParams params =
        response()
            .maxOutputTokens(200)
            .addTool(
                FunctionTool.builder()
                    .name("weather")
                    .parameters(parameters.build())
                    .strict(true)
                    .build())
            .toolChoice(ToolChoiceOptions.REQUIRED)
            .build();
    ResponseAccumulator all = ResponseAccumulator.create();
    try (StreamResponse<ResponseStreamEvent> stream = client.responses().createStreaming(params)) {
      stream.stream().forEach(event -> all.accumulate(event.validate()));
    }
    for (Response response : List.of(all.response(), client.responses().create(params))) {
      var call = response.output().getFirst().functionCall().orElseThrow();
      assertThat(call.name()).isEqualTo("weather");
      assertThat(TestServer.JSON.readTree(call.arguments()).path("city").asText())
          .isIn("Rome", "Oslo");
    }
  }

  @Test
  void listsModels() {
    assertThat(client.models().list().data().stream().map(Model::id)).contains("tiny", "mean");
    assertThat(client.models().retrieve("tiny").id()).isEqualTo("tiny");
  }

  @Test
  void errorsAreOfItsKinds() {
    assertThatThrownBy(() -> client.chat().completions().create(chat(1).model("nope").build()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> client.chat().completions().create(chat(1).temperature(-1).build()))
        .isInstanceOfSatisfying(
            BadRequestException.class, e -> assertThat(e.param()).contains("temperature"));
  }
}
