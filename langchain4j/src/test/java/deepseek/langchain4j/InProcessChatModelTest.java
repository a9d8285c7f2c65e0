package deepseek.langchain4j;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.DeepseekException;
import deepseek.compute.LeakCheck;
import deepseek.files.DataException;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.ModelOptions;
import deepseek.models.generate.EngineConfig;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Sampling;
import deepseek.text.chat.ChatMessage;
import deepseek.text.grammar.Grammar;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class InProcessChatModelTest {
  private static final GenerationOptions SHORT = GenerationOptions.defaults().withMaxNewTokens(20);
  static final int ENDLESS = 200;
  private static final UserMessage SKY = UserMessage.from("the sky");
  private static final ToolSpecification WEATHER =
      ToolSpecification.builder()
          .name("weather")
          .description("What the weather is like")
          .parameters(JsonObjectSchema.builder().addStringProperty("city").build())
          .build();

  private CausalLm model;
  private InProcessChatModel chat;

  @BeforeEach
  void open() {
    // Tools are told in more words than the model has learnt to read.
    model = AutoModel.causalLm(Models.TINY, ModelOptions.defaults().withContextLength(1024));
    chat = new InProcessChatModel(ChatSettings.of(model).withOptions(SHORT));
  }

  @AfterEach
  void close() {
    model.close();
  }

  private Generation own(GenerationOptions options, ChatMessage... messages) {
    return model.chat(List.of(messages), options, text -> {});
  }

  private static ChatRequest request(ChatRequestParameters parameters) {
    return ChatRequest.builder().messages(SKY).parameters(parameters).build();
  }

  @Test
  void answersAsTheModelDoes() {
    Generation own = own(SHORT, ChatMessage.user("the sky"));
    ChatResponse response = chat.chat(SKY);
    assertThat(response.aiMessage().text()).isNotEmpty().isEqualTo(own.text());
    assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(own.promptIds().length);
    assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(20);
    assertThat(response.tokenUsage().totalTokenCount()).isEqualTo(own.promptIds().length + 20);
    assertThat(chat.chat("the sky")).isEqualTo(own.text());
    assertThat(new InProcessChatModel(model).chat("the sky"))
        .isEqualTo(own(GenerationOptions.defaults(), ChatMessage.user("the sky")).text());
  }

  @Test
  void requestsSayHowToSample() {
    Sampling sampling =
        Sampling.plain()
            .withTemperature(0.9)
            .withTopK(30)
            .withTopP(0.8)
            .withFrequencyPenalty(0.5)
            .withPresencePenalty(0.25)
            .withSeed(7);
    Generation own =
        own(SHORT.withMaxNewTokens(12).withSampling(sampling), ChatMessage.user("the sky"));
    GenerationOptions seeded = SHORT.withSampling(Sampling.greedy().withSeed(7));
    chat = new InProcessChatModel(ChatSettings.of(model).withOptions(seeded));
    ChatResponse response =
        chat.chat(
            request(
                ChatRequestParameters.builder()
                    .temperature(0.9)
                    .topK(30)
                    .topP(0.8)
                    .frequencyPenalty(0.5)
                    .presencePenalty(0.25)
                    .maxOutputTokens(12)
                    .build()));
    assertThat(response.aiMessage().text()).isEqualTo(own.text());
    assertThat(response.aiMessage().text()).isNotEqualTo(chat.chat("the sky"));
    for (ChatRequestParameters less :
        List.of(
            ChatRequestParameters.builder().temperature(0.9).build(),
            ChatRequestParameters.builder().temperature(0.9).topK(1).build(),
            ChatRequestParameters.builder().temperature(0.9).topP(0.01).build(),
            ChatRequestParameters.builder().frequencyPenalty(50.0).build(),
            ChatRequestParameters.builder().presencePenalty(50.0).build())) {
      assertThat(chat.chat(request(less)).aiMessage().text())
          .as(less + "")
          .isEqualTo(own(parsed(less, seeded), ChatMessage.user("the sky")).text());
    }
  }

  private static GenerationOptions parsed(ChatRequestParameters from, GenerationOptions options) {
    Sampling sampling = options.sampling();
    sampling = from.temperature() == null ? sampling : sampling.withTemperature(from.temperature());
    sampling = from.topK() == null ? sampling : sampling.withTopK(from.topK());
    sampling = from.topP() == null ? sampling : sampling.withTopP(from.topP());
    sampling =
        from.frequencyPenalty() == null
            ? sampling
            : sampling.withFrequencyPenalty(from.frequencyPenalty());
    sampling =
        from.presencePenalty() == null
            ? sampling
            : sampling.withPresencePenalty(from.presencePenalty());
    return options.withSampling(sampling);
  }

  @Test
  void stopSequencesEndTheAnswer() {
    String text = chat.chat("the sky");
    String stop = text.substring(text.length() / 2, text.length() / 2 + 2);
    ChatResponse response =
        chat.chat(request(ChatRequestParameters.builder().stopSequences(stop).build()));
    assertThat(response.aiMessage().text()).isEqualTo(text.substring(0, text.indexOf(stop)));
    assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void conversationsArePutAsTheTemplateDoes() {
    ChatResponse response =
        chat.chat(
            SystemMessage.from("in an inn"),
            UserMessage.from(TextContent.from("the "), TextContent.from("sky")),
            AiMessage.from("is"),
            UserMessage.from("an inn"));
    Generation own =
        own(
            SHORT,
            ChatMessage.system("in an inn"),
            ChatMessage.user("the sky"),
            ChatMessage.assistant("is"),
            ChatMessage.user("an inn"));
    assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(own.promptIds().length);
    assertThat(response.aiMessage().text()).isEqualTo(own.text());
  }

  @Test
  void toolCallsAreRead() {
    String call = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rom\"}}\n";
    chat = new InProcessChatModel(ChatSettings.of(model).withOptions(saying(call)));
    ChatResponse response =
        chat.chat(request(ChatRequestParameters.builder().toolSpecifications(WEATHER).build()));
    assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
    assertThat(response.aiMessage().text()).isNull();
    ToolExecutionRequest asked = response.aiMessage().toolExecutionRequests().getFirst();
    assertThat(asked.name()).isEqualTo("weather");
    assertThat(asked.arguments()).isEqualTo("{\"city\": \"Rom\"}");
    assertThat(response.aiMessage().toolExecutionRequests()).hasSize(1);
    assertThat(chat.chat("the sky")).as("without tools").isEqualTo(call);
    ChatRequestParameters none =
        ChatRequestParameters.builder()
            .toolSpecifications(WEATHER)
            .toolChoice(ToolChoice.NONE)
            .build();
    assertThat(chat.chat(request(none)).aiMessage().text()).isEqualTo(call);
  }

  @Test
  void whatLooksLikeTheBeginningOfACallIsText() {
    chat = new InProcessChatModel(ChatSettings.of(model).withOptions(saying("a b <tool_\n")));
    ChatRequestParameters tools =
        ChatRequestParameters.builder().toolSpecifications(WEATHER).build();
    ChatResponse response = chat.chat(request(tools));
    assertThat(response.aiMessage().text()).isEqualTo("a b <tool_\n");
    assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
  }

  /** Options by which any model says this. */
  static GenerationOptions saying(String text) {
    String quoted = new ObjectMapper().valueToTree(text).toString();
    return GenerationOptions.defaults().withGrammar(Grammar.ofGbnf("root ::= " + quoted));
  }

  /** The tiny model's template knows no tools, so that they are put as texts. */
  @Test
  void toolsCallsAndResultsAreToldToTheModel() {
    ToolExecutionRequest call =
        ToolExecutionRequest.builder()
            .id("1")
            .name("weather")
            .arguments("{\"city\":\"X\"}")
            .build();
    ChatResponse response =
        chat.chat(
            ChatRequest.builder()
                .messages(SKY, AiMessage.from(call), ToolExecutionResultMessage.from(call, "rain"))
                .build());
    Generation own =
        own(
            SHORT,
            ChatMessage.user("the sky"),
            ChatMessage.assistant(
                "<tool_call>\n{\"name\":\"weather\",\"arguments\":{\"city\":\"X\"}}\n</tool_call>"),
            ChatMessage.user("<tool_response>\nrain\n</tool_response>"));
    assertThat(response.aiMessage().text()).isEqualTo(own.text());
    assertThat(Forms.tool(WEATHER))
        .containsEntry("type", "function")
        .extractingByKey("function", InstanceOfAssertFactories.MAP)
        .containsEntry("name", "weather")
        .containsEntry("description", "What the weather is like")
        .extractingByKey("parameters", InstanceOfAssertFactories.MAP)
        .containsEntry("type", "object")
        .extractingByKey("properties", InstanceOfAssertFactories.MAP)
        .containsEntry("city", Map.of("type", "string"));
  }

  @Test
  void responseFormatsAreKept() throws IOException {
    JsonSchema schema =
        JsonSchema.builder()
            .name("place")
            .rootElement(
                JsonObjectSchema.builder()
                    .addProperty("city", JsonEnumSchema.builder().enumValues("Rom", "Oslo").build())
                    .addBooleanProperty("warm")
                    .required("city", "warm")
                    .build())
            .build();
    ResponseFormat format =
        ResponseFormat.builder().type(ResponseFormatType.JSON).jsonSchema(schema).build();
    chat = new InProcessChatModel(ChatSettings.of(model).withOptions(SHORT.withMaxNewTokens(100)));
    ChatResponse response =
        chat.chat(request(ChatRequestParameters.builder().responseFormat(format).build()));
    assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    JsonNode json = new ObjectMapper().readTree(response.aiMessage().text());
    assertThat(json.path("city").asText()).isIn("Rom", "Oslo");
    assertThat(json.path("warm").isBoolean()).isTrue();
    assertThat(
            chat.chat(
                    request(
                        ChatRequestParameters.builder()
                            .responseFormat(ResponseFormat.JSON)
                            .build()))
                .aiMessage()
                .text())
        .startsWith("{");
  }

  @Test
  void whatIsNotSupportedIsRefused() {
    assertThatThrownBy(
            () -> chat.chat(UserMessage.from(ImageContent.from("http://example.org/a.png"))))
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessage("read a message: expected text, got image content; leave it out");
    assertThatThrownBy(() -> chat.chat(CustomMessage.from(Map.of("a", "b"))))
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining("CUSTOM");
    assertRefused(
        ChatRequestParameters.builder()
            .toolSpecifications(WEATHER)
            .toolChoice(ToolChoice.REQUIRED)
            .build(),
        "REQUIRED");
    assertRefused(
        ChatRequestParameters.builder()
            .toolSpecifications(WEATHER)
            .responseFormat(ResponseFormat.JSON)
            .build(),
        "JSON");
    assertRefused(ChatRequestParameters.builder().modelName("other").build(), "'other'");
    ToolExecutionRequest cut =
        ToolExecutionRequest.builder().name("weather").arguments("{\"city\":").build();
    assertThatThrownBy(() -> chat.chat(SKY, AiMessage.from(cut)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("arguments of a call of 'weather'");
  }

  private void assertRefused(ChatRequestParameters parameters, String named) {
    assertThatThrownBy(() -> chat.chat(request(parameters)))
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining(named);
  }

  @Test
  void theModelMayHaveAName() {
    List<String> heard = new ArrayList<>();
    ChatModelListener listener =
        new ChatModelListener() {
          @Override
          public void onResponse(ChatModelResponseContext context) {
            heard.add(context.chatResponse().aiMessage().text());
          }
        };
    ChatSettings settings =
        ChatSettings.of(model)
            .withParameters(
                ChatRequestParameters.builder().modelName("tiny").maxOutputTokens(5).build())
            .withListeners(List.of(listener));
    chat = new InProcessChatModel(settings);
    ChatResponse response = chat.chat(SKY);
    assertThat(response.modelName()).isEqualTo("tiny");
    assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(5);
    assertThat(heard).containsExactly(response.aiMessage().text());
    assertThat(chat.chat(request(ChatRequestParameters.builder().modelName("tiny").build())))
        .isEqualTo(response);
    assertRefused(ChatRequestParameters.builder().modelName("other").build(), "'tiny'");
  }

  @Test
  void futuresHaveTheSameAnswer() {
    String text = chat.chat("the sky");
    assertThat(chat.chatAsync("the sky").join()).isEqualTo(text);
  }

  @Test
  void aFutureThatIsCancelledEndsItsAnswer() {
    try (CausalLm single =
        AutoModel.causalLm(
            Models.TINY,
            ModelOptions.defaults().withEngine(EngineConfig.defaults().withMaxSequences(1)))) {
      Gate gate = new Gate();
      GenerationOptions endless = endless(single).withCancelled(gate::pass);
      var model = new InProcessChatModel(ChatSettings.of(single).withOptions(endless));
      CompletableFuture<ChatResponse> future = model.chatAsync(SKY);
      future.cancel(true);
      gate.open();
      // One sequence at a time: this answer comes after the end of that one.
      String text =
          new InProcessChatModel(ChatSettings.of(single).withOptions(SHORT)).chat("the sky");
      assertThat(text).isEqualTo(chat.chat("the sky"));
      assertThat(single.engine().stats().generatedTokens()).isLessThan(ENDLESS);
    }
  }

  /** Options by which an answer has {@value ENDLESS} tokens. */
  static GenerationOptions endless(CausalLm model) {
    Map<Integer, Double> never =
        model.endIds().stream().collect(toMap(id -> id, id -> Double.NEGATIVE_INFINITY));
    return GenerationOptions.defaults()
        .withMaxNewTokens(ENDLESS)
        .withSampling(Sampling.greedy().withLogitBias(never));
  }

  @Test
  void conversationsThatAreTooLongAreRefused() {
    assertThatThrownBy(() -> chat.chat("the sky ".repeat(1000)))
        .isInstanceOf(DeepseekException.class)
        .hasMessageContaining("1024");
  }
}
