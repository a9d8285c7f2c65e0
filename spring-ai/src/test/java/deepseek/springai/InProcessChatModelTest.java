package deepseek.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.compute.LeakCheck;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import deepseek.models.generate.EngineConfig;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Sampling;
import deepseek.text.chat.ChatMessage;
import deepseek.text.grammar.Grammar;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.ai.chat.client.AdvisorParams;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.util.MimeTypeUtils;
import reactor.core.publisher.Flux;

@ExtendWith(LeakCheck.class)
class InProcessChatModelTest {
  private static final GenerationOptions SHORT = GenerationOptions.defaults().withMaxNewTokens(20);
  private static final String CALL =
      "Wait.<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"name\": \"Rom\"}}\n</tool_call>";

  private CausalLm model;
  private InProcessChatModel chat;

  @BeforeEach
  void open() {
    // Tools are told in more words than the model has learnt to read.
    model = AutoModel.causalLm(Models.TINY, ModelOptions.defaults().withContextLength(2048));
    chat = chat(SHORT);
  }

  @AfterEach
  void close() {
    model.close();
  }

  private InProcessChatModel chat(GenerationOptions options) {
    return new InProcessChatModel(model, InProcessChatOptions.builder().build(), options);
  }

  private Generation own(GenerationOptions options, ChatMessage... messages) {
    return model.chat(List.of(messages), options, text -> {});
  }

  private static Prompt sky(InProcessChatOptions.Builder options) {
    return new Prompt("the sky", options.build());
  }

  private static String text(ChatResponse response) {
    return Objects.requireNonNull(result(response).getOutput().getText());
  }

  private static org.springframework.ai.chat.model.Generation result(ChatResponse response) {
    return Objects.requireNonNull(response.getResult());
  }

  private static <T> List<T> all(Flux<T> flux) {
    return Objects.requireNonNull(flux.collectList().block());
  }

  @Test
  void answersAsTheModelDoes() {
    Generation own = own(SHORT, ChatMessage.user("the sky"));
    ChatResponse response = chat.call(new Prompt("the sky"));
    assertThat(text(response)).isNotEmpty().isEqualTo(own.text());
    assertThat(result(response).getMetadata().getFinishReason()).isEqualTo("LENGTH");
    assertThat(response.getMetadata().getUsage().getPromptTokens())
        .isEqualTo(own.promptIds().length);
    assertThat(response.getMetadata().getUsage().getCompletionTokens()).isEqualTo(20);
    assertThat(response.getMetadata().getUsage().getTotalTokens())
        .isEqualTo(own.promptIds().length + 20);
    assertThat(new InProcessChatModel(model).call("the sky"))
        .isEqualTo(own(GenerationOptions.defaults(), ChatMessage.user("the sky")).text());
  }

  @Test
  void streamsJoinToTheAnswer() {
    String text = text(chat.call(new Prompt("the sky")));
    List<ChatResponse> parts = all(chat.stream(new Prompt("the sky")));
    assertThat(parts).hasSizeGreaterThan(5);
    StringBuilder joined = new StringBuilder();
    parts.forEach(part -> joined.append(text(part)));
    assertThat(joined.toString()).isEqualTo(text);
    ChatResponse last = parts.getLast();
    assertThat(result(last).getMetadata().getFinishReason()).isEqualTo("LENGTH");
    assertThat(last.getMetadata().getUsage().getCompletionTokens()).isEqualTo(20);
    assertThat(all(chat.stream("the sky"))).hasSizeGreaterThan(5);
  }

  @Test
  void theEndOfASubscriptionEndsTheAnswer() {
    EngineConfig oneAtATime = EngineConfig.defaults().withMaxSequences(1);
    ModelOptions options = ModelOptions.defaults().withContextLength(2048).withEngine(oneAtATime);
    try (CausalLm single = AutoModel.causalLm(Models.TINY, options)) {
      var endless =
          new InProcessChatModel(
              single,
              InProcessChatOptions.builder().build(),
              GenerationOptions.defaults()
                  .withMaxNewTokens(1000)
                  .withSampling(Sampling.greedy().withLogitBias(never(single.endIds()))));
      assertThat(all(endless.stream(new Prompt("the sky")).take(2))).hasSize(2);
      // This answer comes after the end of that one.
      endless.call(sky(InProcessChatOptions.builder().maxTokens(5)));
      assertThat(single.engine().stats().generatedTokens()).isLessThan(1000);
    }
  }

  private static Map<Integer, Double> never(Set<Integer> ids) {
    return ids.stream().collect(Collectors.toMap(id -> id, id -> Double.NEGATIVE_INFINITY));
  }

  @Test
  void promptsSayHowToSample() {
    Sampling sampling =
        Sampling.plain()
            .withTemperature(0.9)
            .withTopK(30)
            .withTopP(0.8)
            .withFrequencyPenalty(0.5)
            .withPresencePenalty(0.25)
            .withSeed(7);
    GenerationOptions own = SHORT.withMaxNewTokens(12).withSampling(sampling);
    chat = chat(SHORT.withSampling(Sampling.greedy().withSeed(7)));
    ChatOptions asked =
        ChatOptions.builder()
            .temperature(0.9)
            .topK(30)
            .topP(0.8)
            .frequencyPenalty(0.5)
            .presencePenalty(0.25)
            .maxTokens(12)
            .build();
    String text = text(chat.call(new Prompt("the sky", asked)));
    assertThat(text).isEqualTo(own(own, ChatMessage.user("the sky")).text());
    assertThat(text).isNotEqualTo(chat.call("the sky"));
    GenerationOptions seeded = SHORT.withSampling(Sampling.greedy().withSeed(7));
    assertSame(
        InProcessChatOptions.builder().temperature(0.9), seeded, s -> s.withTemperature(0.9));
    assertSame(
        InProcessChatOptions.builder().temperature(0.9).topK(1),
        seeded,
        s -> s.withTemperature(0.9).withTopK(1));
    assertSame(
        InProcessChatOptions.builder().temperature(0.9).topP(0.01),
        seeded,
        s -> s.withTemperature(0.9).withTopP(0.01));
    assertSame(
        InProcessChatOptions.builder().frequencyPenalty(50.0),
        seeded,
        s -> s.withFrequencyPenalty(50));
    assertSame(
        InProcessChatOptions.builder().presencePenalty(50.0),
        seeded,
        s -> s.withPresencePenalty(50));
  }

  private void assertSame(
      InProcessChatOptions.Builder asked, GenerationOptions options, UnaryOperator<Sampling> own) {
    GenerationOptions sampled = options.withSampling(own.apply(options.sampling()));
    assertThat(text(chat.call(sky(asked))))
        .isEqualTo(own(sampled, ChatMessage.user("the sky")).text());
  }

  @Test
  void stopSequencesEndTheAnswer() {
    String text = text(chat.call(new Prompt("the sky")));
    String stop = text.substring(text.length() / 2, text.length() / 2 + 2);
    ChatResponse response =
        chat.call(sky(InProcessChatOptions.builder().stopSequences(List.of(stop))));
    assertThat(text(response)).isEqualTo(text.substring(0, text.indexOf(stop)));
    assertThat(result(response).getMetadata().getFinishReason()).isEqualTo("STOP");
  }

  @Test
  void conversationsArePutAsTheTemplateDoes() {
    var call = new AssistantMessage.ToolCall("1", "function", "weather", "{\"name\":\"X\"}");
    ChatResponse response =
        chat.call(
            new Prompt(
                new SystemMessage("in an inn"),
                new UserMessage("the sky"),
                AssistantMessage.builder().content("").toolCalls(List.of(call)).build(),
                ToolResponseMessage.builder()
                    .responses(
                        List.of(new ToolResponseMessage.ToolResponse("1", "weather", "rain")))
                    .build()));
    Generation own =
        own(
            SHORT,
            ChatMessage.system("in an inn"),
            ChatMessage.user("the sky"),
            ChatMessage.assistant(
                "<tool_call>\n{\"name\":\"weather\",\"arguments\":{\"name\":\"X\"}}\n</tool_call>"),
            ChatMessage.user("<tool_response>\nrain\n</tool_response>"));
    assertThat(text(response)).isEqualTo(own.text());
  }

  /** What the tool takes. */
  record City(String name) {}

  private static ToolCallback weather(List<String> asked) {
    return FunctionToolCallback.builder(
            "weather",
            (City city) -> {
              asked.add(city.name());
              return "rain";
            })
        .description("What the weather is like")
        .inputType(City.class)
        .build();
  }

  /** Options by which any model says this. */
  private static GenerationOptions saying(String text) {
    String quoted = new ObjectMapper().valueToTree(text).toString();
    return GenerationOptions.defaults().withGrammar(Grammar.ofGbnf("root ::= " + quoted));
  }

  @Test
  void toolCallsAreRead() {
    chat = chat(saying(CALL));
    Prompt prompt = sky(InProcessChatOptions.builder().toolCallbacks(weather(new ArrayList<>())));
    ChatResponse response = chat.call(prompt);
    AssistantMessage message = result(response).getOutput();
    assertThat(response.hasToolCalls()).isTrue();
    assertThat(message.getText()).isEqualTo("Wait.");
    assertThat(message.getToolCalls().getFirst().name()).isEqualTo("weather");
    assertThat(message.getToolCalls().getFirst().arguments()).isEqualTo("{\"name\": \"Rom\"}");
    assertThat(result(response).getMetadata().getFinishReason()).isEqualTo("TOOL_CALLS");
    List<ChatResponse> parts = all(chat.stream(prompt));
    assertThat(result(parts.getLast()).getOutput().getToolCalls().getFirst().arguments())
        .isEqualTo("{\"name\": \"Rom\"}");
    assertThat(parts.getFirst().hasToolCalls()).isFalse();
    assertThat(chat.call("the sky")).as("without tools").isEqualTo(CALL);
  }

  @Test
  void whatLooksLikeTheBeginningOfACallIsText() {
    chat = chat(saying("a b <tool_\n"));
    Prompt prompt = sky(InProcessChatOptions.builder().toolCallbacks(weather(new ArrayList<>())));
    assertThat(text(chat.call(prompt))).isEqualTo("a b <tool_\n");
    StringBuilder joined = new StringBuilder();
    chat.stream(prompt).toIterable().forEach(part -> joined.append(text(part)));
    assertThat(joined.toString()).isEqualTo("a b <tool_\n");
  }

  /** The model says the same each time, so that the tool gives the last word itself. */
  @Test
  void aClientRunsTools() {
    Weather weather = new Weather();
    ChatClient client = ChatClient.create(chat(saying(CALL.replace("\"name\": \"Rom\"", ""))));
    assertThat(client.prompt("the sky").tools(weather).call().content()).isEqualTo("\"rain\"");
    assertThat(weather.calls).isEqualTo(1);
    assertThat(String.join("", all(client.prompt("the sky").tools(weather).stream().content())))
        .isEqualTo("Wait.\"rain\"");
    assertThat(weather.calls).isEqualTo(2);
  }

  /** A tool that counts. */
  static final class Weather {
    private int calls;

    /** Answers in place of the model. */
    @Tool(name = "weather", description = "What the weather is like", returnDirect = true)
    String weather() {
      calls++;
      return "rain";
    }
  }

  /** An answer of known size. */
  record Place(boolean warm, Direction direction) {}

  /** Of two. */
  enum Direction {
    NORTH,
    SOUTH
  }

  @Test
  void outputSchemasAreKept() {
    ChatClient client = ChatClient.create(chat(SHORT.withMaxNewTokens(100)));
    Place place =
        client
            .prompt("the sky")
            .advisors(AdvisorParams.ENABLE_NATIVE_STRUCTURED_OUTPUT)
            .call()
            .entity(Place.class);
    assertThat(place).isNotNull().extracting(Place::direction).isNotNull();
    String schema =
        "{\"type\": \"object\", \"properties\": {\"a\": {\"const\": 5}}, \"required\": [\"a\"]}";
    ChatResponse response = chat.call(sky(InProcessChatOptions.builder().outputSchema(schema)));
    assertThat(text(response)).matches("\\{\\s*\"a\"\\s*:\\s*5\\s*}");
    assertThat(result(response).getMetadata().getFinishReason()).isEqualTo("STOP");
  }

  @Test
  void whatIsNotSupportedIsRefused() {
    Media picture =
        Media.builder()
            .mimeType(MimeTypeUtils.IMAGE_PNG)
            .data(URI.create("http://example.org/a.png"))
            .build();
    assertThatThrownBy(() -> chat.call(UserMessage.builder().text("what").media(picture).build()))
        .isInstanceOf(ModelException.class)
        .hasMessage("read a message: expected text, got media of type image/png; leave it out");
    assertRefused(InProcessChatOptions.builder().model("other"), "'other'");
    assertRefused(InProcessChatOptions.builder().outputSchema("[]"), "JSON object");
    assertRefused(InProcessChatOptions.builder().outputSchema("{"), "JSON object");
    assertRefused(
        InProcessChatOptions.builder().outputSchema("{}").toolCallbacks(weather(new ArrayList<>())),
        "output schema");
    assertThatThrownBy(
            () -> chat.stream(sky(InProcessChatOptions.builder().model("x"))).blockLast())
        .isInstanceOf(ModelException.class);
  }

  private void assertRefused(InProcessChatOptions.Builder options, String named) {
    assertThatThrownBy(() -> chat.call(sky(options)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(named);
  }

  @Test
  void theModelHasOptionsOfItsOwn() {
    InProcessChatOptions options =
        InProcessChatOptions.builder().model("tiny").maxTokens(5).build();
    chat = new InProcessChatModel(model, options, GenerationOptions.defaults());
    ChatResponse response = chat.call(new Prompt("the sky"));
    assertThat(response.getMetadata().getModel()).isEqualTo("tiny");
    assertThat(response.getMetadata().getUsage().getCompletionTokens()).isEqualTo(5);
    assertThat(ChatClient.create(chat).prompt("the sky").call().content())
        .isEqualTo(text(response));
    ChatResponse shorter =
        ChatClient.create(chat)
            .prompt("the sky")
            .options(ChatOptions.builder().maxTokens(3))
            .call()
            .chatResponse();
    assertThat(Objects.requireNonNull(shorter).getMetadata().getUsage().getCompletionTokens())
        .isEqualTo(3);
  }

  @Test
  void optionsAreCopiedWhole() {
    InProcessChatOptions options =
        InProcessChatOptions.builder()
            .model("m")
            .temperature(0.1)
            .topK(2)
            .topP(0.3)
            .frequencyPenalty(0.4)
            .presencePenalty(0.5)
            .maxTokens(6)
            .stopSequences(List.of("s"))
            .toolCallbacks(weather(new ArrayList<>()))
            .toolContext("k", "v")
            .outputSchema("{}")
            .build();
    assertThat(options.mutate().build()).isEqualTo(options).hasSameHashCodeAs(options);
    assertThat(options.mutate().outputSchema("[]").build()).isNotEqualTo(options);
    assertThat(InProcessChatOptions.builder().combineWith(options.mutate()).build())
        .isEqualTo(options);
    assertThat(options.mutate().combineWith(ChatOptions.builder().topK(9)).build())
        .isEqualTo(options.mutate().topK(9).build());
  }
}
