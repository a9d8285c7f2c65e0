package deepseek.text.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.files.DataException;
import deepseek.text.chat.ChatOptions.Ending;
import deepseek.text.tokenizer.PromptText;
import deepseek.text.tokenizer.SpecialTokens;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Renderings equal those of transformers; tools/golden/chat.py wrote them. */
class ChatRenderingTest {
  private static final Golden GOLDEN = read();

  record Golden(
      Map<String, String> special,
      String now,
      Map<String, List<Map<String, Object>>> conversations,
      List<Case> cases) {}

  record Case(
      String template,
      String conversation,
      Map<String, Object> options,
      String text,
      String error,
      String message) {
    @Override
    public String toString() {
      return template + " " + conversation + " " + options.keySet();
    }
  }

  private static Golden read() {
    try (InputStream in = resource("renderings.json")) {
      return new ObjectMapper().readValue(in, new TypeReference<>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(
        ChatRenderingTest.class.getResourceAsStream("/golden/chat/" + name), name);
  }

  static Stream<Case> rendered() {
    return GOLDEN.cases.stream().filter(c -> c.text != null);
  }

  static Stream<Case> refused() {
    return GOLDEN.cases.stream().filter(c -> c.text == null);
  }

  @Test
  void thereAreEnoughCases() {
    assertThat(rendered().count()).isGreaterThanOrEqualTo(70);
    assertThat(refused().count()).isGreaterThanOrEqualTo(5);
  }

  @ParameterizedTest
  @MethodSource("rendered")
  void rendersAsTransformersDoes(Case expected) throws IOException {
    assertThat(render(expected)).isEqualTo(expected.text);
  }

  /** A message's text is tracked to wherever the families' templates put it. */
  @ParameterizedTest
  @MethodSource("rendered")
  void tellsTextsOfMessagesFromItsOwn(Case c) throws IOException {
    PromptText prompt = prompt(c);
    for (Map<String, Object> message :
        Objects.requireNonNull(GOLDEN.conversations.get(c.conversation))) {
      if (!(message.get("content") instanceof String content) || content.strip().length() < 4) {
        continue;
      }
      String text = content.strip();
      for (int at = prompt.text().indexOf(text);
          at >= 0;
          at = prompt.text().indexOf(text, at + 1)) {
        int from = at;
        assertThat(prompt.plain())
            .as("%s at %d", text, from)
            .anyMatch(range -> range.from() <= from && from + text.length() <= range.to());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWhatTransformersRefuses(Case expected) {
    var refusal =
        assertThatThrownBy(() -> render(expected))
            .isInstanceOf(DataException.class)
            .hasMessageContaining("line ");
    if (expected.error.equals("TemplateError")) {
      refusal.hasMessageContaining(expected.message);
    }
  }

  private static String render(Case c) throws IOException {
    return prompt(c).text();
  }

  private static PromptText prompt(Case c) throws IOException {
    String source;
    try (InputStream in = resource("templates/" + c.template + ".jinja")) {
      source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Clock clock =
        Clock.fixed(LocalDateTime.parse(GOLDEN.now).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
    ChatTemplate template =
        ChatTemplate.of(source, new SpecialTokens(GOLDEN.special)).withClock(clock);
    List<ChatMessage> messages =
        Objects.requireNonNull(GOLDEN.conversations.get(c.conversation)).stream()
            .map(ChatMessage::new)
            .toList();
    return template.prompt(messages, options(c.options));
  }

  @SuppressWarnings("unchecked")
  private static ChatOptions options(Map<String, Object> given) {
    ChatOptions options = ChatOptions.ANSWER.withEnding(Ending.NOTHING);
    for (var entry : given.entrySet()) {
      options =
          switch (entry.getKey()) {
            case "add_generation_prompt" -> options.withEnding(Ending.GENERATION_PROMPT);
            case "continue_final_message" -> options.withEnding(Ending.CONTINUATION);
            case "tools" -> options.withTools((List<Map<String, ?>>) entry.getValue());
            default -> options.with(entry.getKey(), entry.getValue());
          };
    }
    return options;
  }
}
