package deepseek.text.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.text.chat.AnswerParser.Expected;
import deepseek.text.chat.AnswerParser.Reasoning;
import deepseek.text.tokenizer.SpecialTokens;
import deepseek.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts of conversations and the answers to them. */
class AnswerReaderTest {
  private static final Map<String, ?> TOOL =
      Map.of("type", "function", "function", Map.of("name", "time"));
  private static final ChatOptions WITH_TOOL = ChatOptions.ANSWER.withTools(List.of(TOOL));
  private static final List<ChatMessage> TALK =
      List.of(
          ChatMessage.system("Be brief."),
          ChatMessage.user("When?"),
          ChatMessage.assistant("").withToolCalls(List.of(ToolCall.ofJson("1", "time", "{}"))),
          ChatMessage.tool("1", "time", "noon"));

  private static final String PLAIN =
      "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}";

  private Path folder;
  private Tokenizer tokenizer;

  @BeforeEach
  void open() throws URISyntaxException {
    var url = AnswerReaderTest.class.getResource("/golden/tokenizers/deepseek3");
    folder = Path.of(Objects.requireNonNull(url).toURI());
    tokenizer = Tokenizer.open(folder);
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  private ChatPrompt prompt(String template, ChatOptions options) {
    return ChatPrompt.of(ChatTemplate.of(template, SpecialTokens.NONE), tokenizer, TALK, options);
  }

  private String text(ChatPrompt prompt) {
    return tokenizer.decodeWithSpecialTokens(prompt.ids());
  }

  @Test
  void aTemplateThatKnowsToolsGetsThem() {
    ChatPrompt prompt = prompt("{{ tools | length }}<tool_call>" + PLAIN, WITH_TOOL);
    assertThat(text(prompt)).contains("1<tool_call>system: Be brief.", "tool: noon");
    assertThat(prompt.expected())
        .isEqualTo(
            new Expected(
                Reasoning.NONE,
                Optional.of(ToolFormat.HERMES),
                Set.of("time"),
                Integer.MAX_VALUE,
                false));
  }

  @Test
  void anotherGetsTexts() {
    assertThat(text(prompt(PLAIN, WITH_TOOL)))
        .contains(
            "system: Be brief.\n\nYou can call these functions:",
            "\"name\":\"time\"",
            "assistant: <tool_call>\n{\"name\":\"time\",\"arguments\":{}}\n</tool_call>",
            "user: <tool_response>\nnoon\n</tool_response>");
    ChatPrompt without = prompt(PLAIN, ChatOptions.ANSWER);
    assertThat(text(without)).contains("noon\n</tool_response>").doesNotContain("functions");
    assertThat(without.expected()).isEqualTo(Expected.TEXT);
  }

  @Test
  void reasoningIsLookedForWhereTheTemplateKnowsIt() {
    assertThat(prompt(PLAIN + "{# <think> #}", ChatOptions.ANSWER).expected().reasoning())
        .isEqualTo(Reasoning.TAGGED);
    String opening = PLAIN + "assistant: <think>\n";
    ChatPrompt open = prompt(opening, ChatOptions.ANSWER);
    assertThat(open.expected().reasoning()).isEqualTo(Reasoning.OPENED);
    ChatPrompt form =
        ChatPrompt.ofForm(
            ChatTemplate.of(opening, SpecialTokens.NONE), tokenizer, TALK, ChatOptions.ANSWER);
    assertThat(form.expected()).isEqualTo(Expected.TEXT);
    assertThat(text(form)).isEqualTo(text(open) + "\n</think>\n\n");
  }

  @Test
  void theWholeIsKept() {
    AnswerReader reader = new AnswerReader(tokenizer, prompt(PLAIN + "<think>", WITH_TOOL));
    reader.push("Hm.</think>It is\n<tool_call>{\"name\": \"time\", \"argu");
    reader.push("ments\": {\"zone\": \"UTC\"}}</tool_call><tool_call>{\"name\": \"time\"}");
    reader.finish();
    assertThat(reader.reasoning()).isEqualTo("Hm.");
    assertThat(reader.content()).isEqualTo("It is");
    assertThat(reader.calls())
        .extracting(AnswerReader.Call::name, AnswerReader.Call::arguments)
        .containsExactly(tuple("time", "{\"zone\": \"UTC\"}"), tuple("time", "{}"));
    assertThat(reader.calls().getFirst().id()).matches("[0-9a-z]{9}");
    assertThat(reader.calls().get(1).id()).isNotEqualTo(reader.calls().getFirst().id());
  }

  /** A tokenizer whose markers are special, so that decoders leave them out. */
  @Test
  void specialTokensThatAreMarkersAreRead(@TempDir Path folder) throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode root = json.readTree(Files.readAllBytes(this.folder.resolve("tokenizer.json")));
    root.path("added_tokens").forEach(token -> ((ObjectNode) token).put("special", true));
    json.writeValue(folder.resolve("tokenizer.json").toFile(), root);
    try (Tokenizer special = Tokenizer.open(folder)) {
      int[] ids = special.encodePrompt("<tool_call></tool_call>");
      assertThat(special.decode(ids)).isEmpty();
      AnswerReader reader = new AnswerReader(special, prompt(PLAIN, WITH_TOOL));
      reader.push("", ids[0]);
      reader.push("{\"name\": \"time\", \"arguments\": {}}");
      reader.push("", ids[1]);
      reader.push("!", special.encodePrompt("<|end|>")[0]);
      reader.finish();
      assertThat(reader.calls()).extracting(AnswerReader.Call::name).containsExactly("time");
      assertThat(reader.content()).isEqualTo("!");
    }
  }

  @Test
  void argumentsAreAnObject() {
    assertThat(ToolCall.ofJson("1", "time", " ").arguments()).isEmpty();
    assertThat(ToolCall.ofJson("1", "time", "{\"a\": [1, null]}").arguments().get("a"))
        .isInstanceOf(List.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[1]", "{\"a\": 1} b", "{", "time"})
  void otherArgumentsAreRefused(String json) {
    assertThatThrownBy(() -> ToolCall.ofJson("1", "time", json))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("call of 'time': expected a JSON object, got");
  }
}
