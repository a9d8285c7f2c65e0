package deepseek.text.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.files.DataException;
import deepseek.text.chat.ChatOptions.SpecialTokensInTexts;
import deepseek.text.tokenizer.PromptText;
import deepseek.text.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
  private static final List<ChatMessage> HELLO = List.of(ChatMessage.user("Hello"));
  private static final ChatOptions WITH_TOOL =
      ChatOptions.ANSWER.withTools(List.of(Map.of("type", "function")));

  @TempDir Path folder;

  private ChatTemplate open() {
    return ChatTemplate.open(folder, SpecialTokens.NONE).orElseThrow();
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void foldersWithoutATemplateHaveNone() throws IOException {
    assertThat(ChatTemplate.open(folder, SpecialTokens.NONE)).isEmpty();
    write("tokenizer_config.json", "{\"bos_token\": \"<s>\"}");
    assertThat(ChatTemplate.open(folder, SpecialTokens.NONE)).isEmpty();
  }

  @Test
  void configurationsNameOneOrSeveral() throws IOException {
    write("tokenizer_config.json", "{\"chat_template\": \"one {{ messages[0].content }}\"}");
    assertThat(open().render(HELLO)).isEqualTo("one Hello");
    write(
        "tokenizer_config.json",
        """
        {"chat_template": [
          {"name": "default", "template": "plain"},
          {"name": "tool_use", "template": "tools {{ tools | length }}"},
          {"name": "rag", "template": "rag"}]}
        """);
    ChatTemplate several = open();
    assertThat(several.names()).containsExactly("default", "tool_use", "rag");
    assertThat(several.render(HELLO)).isEqualTo("plain");
    assertThat(several.render(HELLO, WITH_TOOL)).isEqualTo("tools 1");
    assertThat(several.render(HELLO, WITH_TOOL.withTemplate("rag"))).isEqualTo("rag");
    assertThatThrownBy(() -> several.render(HELLO, ChatOptions.ANSWER.withTemplate("x")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("default, tool_use, rag");
  }

  @Test
  void aPointerIsNoTemplate() throws IOException {
    write(
        "chat_template.jinja",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4096\n");
    assertThatThrownBy(() -> ChatTemplate.open(folder, SpecialTokens.NONE))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a Git LFS pointer to its 4096 bytes");
  }

  @Test
  void filesOfTheirOwnWin() throws IOException {
    write("tokenizer_config.json", "{\"chat_template\": \"old\"}");
    write("chat_template.jinja", "new");
    write("additional_chat_templates/tool_use.jinja", "tools");
    assertThat(open().render(HELLO)).isEqualTo("new");
    assertThat(open().render(HELLO, WITH_TOOL)).isEqualTo("tools");
  }

  /** tools/golden/chat_files.py wrote the expected output, with transformers. */
  @ParameterizedTest
  @MethodSource("folders")
  void foldersAreReadAsTransformersDoes(Folder expected) throws IOException {
    for (Map.Entry<String, String> file : expected.files.entrySet()) {
      write(file.getKey(), file.getValue());
    }
    assertThat(rendered(ChatOptions.ANSWER)).isEqualTo(expected.plain);
    assertThat(rendered(WITH_TOOL)).isEqualTo(expected.tools);
  }

  /** The output of a folder's template; null if there is none for these options. */
  record Folder(Map<String, String> files, @Nullable String plain, @Nullable String tools) {}

  static Stream<Folder> folders() throws IOException {
    try (var in = ChatTemplateTest.class.getResourceAsStream("/golden/chat/files.json")) {
      return new ObjectMapper()
          .readValue(Objects.requireNonNull(in), new TypeReference<List<Folder>>() {}).stream();
    }
  }

  private @Nullable String rendered(ChatOptions options) {
    try {
      return ChatTemplate.open(folder, SpecialTokens.NONE)
          .map(template -> template.render(HELLO, options))
          .orElse(null);
    } catch (DataException e) {
      return null;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "{\"default\": 5}", "[{\"name\": \"default\"}]", "[\"x\"]", "true"})
  void whatIsNoTemplateIsRefused(String value) throws IOException {
    write("tokenizer_config.json", "{\"chat_template\": " + value + "}");
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("tokenizer_config.json: expected a chat_template");
  }

  @Test
  void fieldsWithoutAValueAreLeftOut() {
    ChatTemplate template = ChatTemplate.of("{{ messages[0] | tojson }}", SpecialTokens.NONE);
    assertThat(template.render(List.of(ChatMessage.assistant("").with("content", null))))
        .isEqualTo("{\"role\": \"assistant\"}");
  }

  @Test
  void toolCallsAndAnswersHaveTheFieldsOfTheApi() {
    ChatTemplate template = ChatTemplate.of("{{ messages | tojson }}", SpecialTokens.NONE);
    ChatMessage call =
        ChatMessage.assistant("").withToolCalls(List.of(new ToolCall("c1", "f", Map.of("x", 1))));
    assertThat(template.render(List.of(call, ChatMessage.tool("c1", "f", "2"))))
        .isEqualTo(
            "[{\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": [{\"id\": \"c1\","
                + " \"type\": \"function\", \"function\": {\"name\": \"f\", \"arguments\":"
                + " {\"x\": 1}}}]}, {\"role\": \"tool\", \"content\": \"2\", \"tool_call_id\":"
                + " \"c1\", \"name\": \"f\"}]");
  }

  @Test
  void messagesNeedARoleAndShowTheirText() {
    assertThatThrownBy(() -> new ChatMessage(Map.of("content", "x")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("role");
    ChatMessage parts =
        ChatMessage.user("")
            .with(
                "content",
                List.of(
                    Map.of("type", "text", "text", "a"),
                    Map.of("type", "image"),
                    Map.of("type", "text", "text", "b")));
    assertThat(parts.text()).isEqualTo("ab");
    assertThat(parts.role()).isEqualTo("user");
  }

  @Test
  void continuingNeedsATextThatTheTemplateShows() {
    ChatOptions open = ChatOptions.ANSWER.withEnding(ChatOptions.Ending.CONTINUATION);
    ChatTemplate shows =
        ChatTemplate.of("{{ messages[-1].content | trim }}<end>", SpecialTokens.NONE);
    List<ChatMessage> begun = List.of(ChatMessage.assistant("It is "));
    assertThat(shows.render(begun, open)).isEqualTo("It is");
    ChatTemplate hides = ChatTemplate.of("nothing", SpecialTokens.NONE);
    assertThatThrownBy(() -> hides.render(begun, open)).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> shows.render(List.of(), open)).isInstanceOf(DataException.class);
  }

  /**
   * The ranges cover all texts of the caller, but not roles, from which templates build special
   * tokens.
   */
  @Test
  void textsOfTheCallerArePlain() {
    ChatTemplate template =
        ChatTemplate.of(
            "{{ bos_token }}<|{{ messages[0].role }}|>{{ messages[0].content[0].text }}"
                + "<|{{ messages[0].content[0].type }}|>{{ tools[0].name }}{{ mode }}{{ note }}",
            new SpecialTokens(Map.of("bos_token", "<s>")));
    ChatMessage message =
        ChatMessage.user("").with("content", List.of(Map.of("type", "text", "text", "hi")));
    ChatOptions options =
        ChatOptions.ANSWER
            .withTools(List.of(Map.of("name", "f<|x|>")))
            .with("mode", "fast")
            .with("note", "a b");
    PromptText prompt = template.prompt(List.of(message), options);
    assertThat(prompt.text()).isEqualTo("<s><|user|>hi<|text|>f<|x|>fasta b");
    assertThat(prompt.plain())
        .extracting(range -> prompt.text().substring(range.from(), range.to()))
        .containsExactly("hi", "f<|x|>", "a b");
    assertThat(
            template
                .prompt(List.of(message), options.withSpecialTokens(SpecialTokensInTexts.TOKENS))
                .plain())
        .isEmpty();
    PromptText forged =
        template.prompt(List.of(message.with("role", "user|><s>")), options.with("bos_token", ""));
    assertThat(forged.text()).startsWith("<|user|><s>|>");
    assertThat(forged.plain().getFirst()).isEqualTo(new PromptText.Range(2, 11));
  }

  @Test
  void continuedMessagesArePlainToTheirEnd() {
    ChatOptions open = ChatOptions.ANSWER.withEnding(ChatOptions.Ending.CONTINUATION);
    ChatTemplate template =
        ChatTemplate.of("<a>{{ messages[-1].content }}<end>", SpecialTokens.NONE);
    PromptText prompt = template.prompt(List.of(ChatMessage.assistant("It <end>")), open);
    assertThat(prompt.text()).isEqualTo("<a>It <end>");
    assertThat(prompt.plain()).containsExactly(new PromptText.Range(3, 11));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a\\n{{ x.y }}                                | in line 2: 'x' is undefined
          {{ 1 + 'a' }}                                | int + str is not defined
          {% if %}                                     | expected an expression before %}
          {% for x in [1] %}                           | no {% e
          {{ foo() }}                                  | 'foo' is undefined
          {{ messages.append(1) }}                     | must not
          {{ ''.__class__.x }}                         | str has no '__class__'
          {% include 'x' %}                            | chat templates can't use
          {{ 'a' * 999999999999 }}                     | more than
          {% macro f() %}{{ f() }}{% endmacro %}{{ f() }} | nests deeper
          {{ raise_exception('No.') }}                 | in line 1: No.
          {% filter nosuch %}x{% endfilter %}           | unknown filter: nosuch
          {{ 1 is nosuch }}                            | unknown test
          {% nosuch %}                                 | unknown tag {% nosuch %}
          """)
  void mistakesAreNamedWithTheirLine(String source, String message) {
    ChatTemplate template = ChatTemplate.of(source.replace("\\n", "\n"), SpecialTokens.NONE);
    assertThatThrownBy(() -> template.render(HELLO))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("line ")
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }
}
