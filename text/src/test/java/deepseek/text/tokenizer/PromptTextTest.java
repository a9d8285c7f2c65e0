package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.text.tokenizer.PromptText.Range;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Special tokens of a prompt are recognised in trusted text only. */
class PromptTextTest {
  private static final String END = "<|end|>";

  @TempDir Path folder;

  private static PromptText framed(String before, String text, String after) {
    return new PromptText(
        before + text + after,
        List.of(new Range(before.length(), before.length() + text.length())));
  }

  /** Untrusted text between two tokens has the ids of transformers for plain text. */
  @ParameterizedTest
  @CsvSource({
    "llama3,<|begin|>,<|end|>",
    "qwen2,<|begin|>,<|end|>",
    "smollm,<|begin|>,<|end|>",
    "deepseek3,<|begin|>,<|end|>",
    "spm,<s>,</s>",
    "wordpiece,[CLS],[SEP]"
  })
  void plainTextBetweenTokensIsEncodedAsTransformersDoes(String name, String begin, String end) {
    Reference reference = Reference.read(name + "/reference.json");
    try (var tokenizer = Tokenizer.open(Reference.folder(name))) {
      int first = tokenizer.id(begin).orElseThrow();
      int last = tokenizer.id(end).orElseThrow();
      SoftAssertions all = new SoftAssertions();
      int forged = 0;
      for (Reference.Case c : reference.cases()) {
        int[] plain = c.plainIds().stream().mapToInt(Integer::intValue).toArray();
        int[] expected =
            IntStream.concat(
                    IntStream.concat(IntStream.of(first), Arrays.stream(plain)), IntStream.of(last))
                .toArray();
        all.assertThat(tokenizer.encodePrompt(framed(begin, c.text(), end)))
            .as(c.text())
            .isEqualTo(expected);
        forged += c.plainIds().equals(c.promptIds()) ? 0 : 1;
      }
      all.assertThat(forged).as("texts that hold special tokens").isPositive();
      all.assertAll();
    }
  }

  /** The same with placeholders, which a forged token at the end enforces. */
  @ParameterizedTest
  @CsvSource({
    "llama3,<|begin|>,<|end|>",
    "qwen2,<|begin|>,<|end|>",
    "smollm,<|begin|>,<|end|>",
    "deepseek3,<|begin|>,<|end|>",
    "spm,<s>,</s>",
    "wordpiece,[CLS],[SEP]"
  })
  void textWithoutTokensIsEncodedAsItAlwaysWas(String name, String begin, String end) {
    Reference reference = Reference.read(name + "/reference.json");
    try (var tokenizer = Tokenizer.open(Reference.folder(name))) {
      SoftAssertions all = new SoftAssertions();
      for (Reference.Case c : reference.cases()) {
        if (!c.plainIds().equals(c.promptIds())) {
          continue;
        }
        String prompt = begin + c.text() + end + " " + c.text() + begin;
        PromptText forged =
            new PromptText(
                prompt + end,
                List.of(
                    new Range(begin.length(), begin.length() + c.text().length()),
                    new Range(prompt.length(), prompt.length() + end.length())));
        int[] whole = tokenizer.encodePrompt(prompt);
        int[] ids = tokenizer.encodePrompt(forged);
        all.assertThat(Arrays.copyOf(ids, whole.length)).as(c.text()).isEqualTo(whole);
        all.assertThat(ids.length - whole.length).as("pieces of the forged one").isGreaterThan(1);
      }
      all.assertAll();
    }
  }

  @Test
  void tokensPartlyInPlainTextAreNone() {
    try (var tokenizer = Tokenizer.open(Reference.folder("qwen2"))) {
      int end = tokenizer.id(END).orElseThrow();
      assertThat(tokenizer.encodePrompt(new PromptText(END, List.of()))).containsExactly(end);
      for (Range plain : List.of(new Range(0, 1), new Range(3, 4), new Range(6, 7))) {
        assertThat(tokenizer.encodePrompt(new PromptText(END, List.of(plain))))
            .as(plain.toString())
            .doesNotContain(end);
      }
      // The trusted token is recognised, whatever begins before it.
      assertThat(tokenizer.encodePrompt(framed("", "<|end", END))).endsWith(end);
      assertThat(tokenizer.encodePrompt(framed(END, "|end|>", END)))
          .startsWith(end)
          .endsWith(end)
          .satisfies(ids -> assertThat(Arrays.stream(ids).filter(id -> id == end)).hasSize(2));
    }
  }

  /**
   * The model's ordinary pieces contain these tokens, so that they can't be encoded as plain text.
   */
  @Test
  void whatCannotBeMereTextIsRefused() {
    try (var tokenizer = Tokenizer.open(Reference.folder("unigram"))) {
      assertThat(tokenizer.encodePrompt(framed("<s>", "All human beings", "</s>")))
          .isEqualTo(tokenizer.encodePrompt("<s>All human beings</s>"));
      assertThatThrownBy(() -> tokenizer.encodePrompt(framed("<s>", "a</s>b", "</s>")))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("</s>");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "qwen2,<|begin|>,<|end|>,lstrip",
    "qwen2,<|begin|>,<|end|>,rstrip",
    "qwen2,<|begin|>,<|end|>,single_word",
    "qwen2,<|begin|>,<|end|>,normalized",
    "spm,<s>,</s>,lstrip",
    "spm,<s>,</s>,rstrip",
    "spm,<s>,</s>,normalized" // as in Llama 2, whose normalizer inserts a space before them
  })
  void flagsOfTokensStayAsTheyAre(String name, String begin, String end, String flag)
      throws IOException {
    Path source = Reference.folder(name);
    ObjectMapper mapper = new ObjectMapper();
    JsonNode json = mapper.readTree(source.resolve("tokenizer.json").toFile());
    for (JsonNode token : json.path("added_tokens")) {
      ((ObjectNode) token).put(flag, true);
    }
    mapper.writeValue(folder.resolve("tokenizer.json").toFile(), json);
    try (var tokenizer = Tokenizer.open(folder)) {
      for (String text : List.of("All ", " human\n", "  ", "a" + end + "b " + begin + " c")) {
        String prompt = begin + text + end + text + begin + "x";
        int[] whole = tokenizer.encodePrompt(prompt);
        int[] ids =
            tokenizer.encodePrompt(
                new PromptText(
                    prompt + " " + end,
                    List.of(new Range(prompt.length() + 1, prompt.length() + 1 + end.length()))));
        assertThat(Arrays.copyOf(ids, whole.length)).as(text).isEqualTo(whole);
        assertThat(ids[ids.length - 1]).isNotEqualTo(tokenizer.id(end).orElseThrow());
      }
    }
  }

  @Test
  void closedTokenizersSaySo() {
    var tokenizer = Tokenizer.open(Reference.folder("qwen2"));
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encodePrompt(framed("", END, "")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("closed");
  }
}
