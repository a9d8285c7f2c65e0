package deepseek.text.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.text.chat.ChatOptions.SpecialTokensInTexts;
import deepseek.text.tokenizer.SpecialTokens;
import deepseek.text.tokenizer.Tokenizer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ids of whole chats equal those of transformers; tools/golden/chat_ids.py wrote them. */
class ChatIdsTest {
  /**
   * {@code tokens} are the ids with special tokens of messages recognised, {@code plain} those with
   * them as plain text.
   */
  record Case(
      String tokenizer,
      String template,
      List<Map<String, Object>> messages,
      List<Integer> tokens,
      List<Integer> plain) {
    @Override
    public String toString() {
      return tokenizer + " " + messages;
    }
  }

  static Stream<Case> cases() throws IOException {
    try (var in = ChatIdsTest.class.getResourceAsStream("/golden/chat/ids.json")) {
      return new ObjectMapper()
          .readValue(Objects.requireNonNull(in), new TypeReference<List<Case>>() {}).stream();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void areThoseOfTransformers(Case c) throws URISyntaxException {
    Path folder =
        Path.of(
            Objects.requireNonNull(
                    ChatIdsTest.class.getResource("/golden/tokenizers/" + c.tokenizer))
                .toURI());
    ChatTemplate template = ChatTemplate.of(c.template, SpecialTokens.NONE);
    List<ChatMessage> messages = c.messages.stream().map(ChatMessage::new).toList();
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      ChatOptions tokens = ChatOptions.ANSWER.withSpecialTokens(SpecialTokensInTexts.TOKENS);
      assertThat(tokenizer.encodePrompt(template.prompt(messages, tokens)))
          .containsExactly(ids(c.tokens));
      assertThat(tokenizer.encodePrompt(template.prompt(messages, ChatOptions.ANSWER)))
          .containsExactly(ids(c.plain));
    }
  }

  private static int[] ids(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}
