package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
  @TempDir Path folder;

  private static Tokenizer open(String name) {
    return Tokenizer.open(Reference.folder(name));
  }

  @Test
  void tokensAndIdsAnswerEachOther() {
    try (var tokenizer = open("llama3")) {
      assertThat(tokenizer.vocabSize()).isEqualTo(1005);
      assertThat(tokenizer.token(1001)).isEqualTo("<|end|>");
      assertThat(tokenizer.id("<|end|>")).hasValue(1001);
      assertThat(tokenizer.id("no such token")).isEmpty();
      assertThat(tokenizer.bosId()).hasValue(1000);
      assertThat(tokenizer.padId()).hasValue(1002);
      assertThat(tokenizer.eosIds()).containsExactly(1001, 7);
      assertThat(tokenizer.isSpecial(1001)).isTrue();
      assertThat(tokenizer.isSpecial(1003)).as("<tool_call>").isFalse();
      assertThat(tokenizer.specialTokens().text("eos_token")).hasValue("<|end|>");
    }
  }

  @Test
  void batchesPadOnEitherSide() {
    try (var tokenizer = open("wordpiece")) {
      List<String> texts = List.of("human", "human beings are born free", "");
      TokenBatch right = tokenizer.encodeBatch(texts, 6, PaddingSide.RIGHT);
      assertThat(right.rows()).isEqualTo(3);
      assertThat(right.columns()).isEqualTo(6);
      int[] whole = tokenizer.encode(texts.get(1));
      assertThat(whole.length).as("so that the limit cuts").isGreaterThan(6);
      assertThat(row(right.ids(), 1, 6)).startsWith(2).endsWith(3);
      assertThat(row(right.mask(), 2, 6)).containsExactly(1, 1, 0, 0, 0, 0);
      assertThat(row(right.ids(), 2, 6)).containsExactly(2, 3, 0, 0, 0, 0);
      TokenBatch left = tokenizer.encodeBatch(texts, 6, PaddingSide.LEFT);
      assertThat(row(left.mask(), 2, 6)).containsExactly(0, 0, 0, 0, 1, 1);
      assertThat(row(left.ids(), 2, 6)).containsExactly(0, 0, 0, 0, 2, 3);
    }
  }

  @Test
  void pairsCarryTheirTypes() {
    try (var tokenizer = open("wordpiece")) {
      TokenBatch pairs =
          tokenizer.encodePairs(
              List.of(Map.entry("a", "b"), Map.entry("", "")), 64, PaddingSide.RIGHT);
      assertThat(row(pairs.typeIds(), 0, pairs.columns())).containsExactly(0, 0, 0, 1, 1);
      assertThat(row(pairs.ids(), 1, pairs.columns())).containsExactly(2, 3, 3, 0, 0);
    }
  }

  private static long[] row(long[] cells, int row, int columns) {
    return IntStream.range(0, columns).mapToLong(i -> cells[row * columns + i]).toArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uD800", "a\uDC00b", "\uD83D x", "ok \uDE00\uD83D"})
  void unpairedSurrogatesAreNamed(String text) {
    try (var tokenizer = open("qwen2")) {
      assertThatThrownBy(() -> tokenizer.encode(text))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("unpaired surrogate U+D")
          .message()
          .doesNotContain("\n");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE})
  void negativeIdsAreNamed(int id) {
    try (var tokenizer = open("qwen2")) {
      assertThatThrownBy(() -> tokenizer.decode(1, id))
          .isInstanceOf(DataException.class)
          .hasMessageContaining(Integer.toString(id));
      assertThatThrownBy(() -> tokenizer.streamDecoder().push(id))
          .isInstanceOf(DataException.class);
      assertThatThrownBy(() -> tokenizer.token(id)).isInstanceOf(DataException.class);
    }
  }

  /** Qwen2.5 has 152,064 rows for 151,665 tokens, and may generate the others. */
  @ParameterizedTest
  @ValueSource(ints = {1005, 2000, Integer.MAX_VALUE})
  void idsOfPaddedRowsDecodeToNothing(int id) {
    try (var tokenizer = open("qwen2")) {
      int[] ids = tokenizer.encode("𠮷 ab");
      int[] padded = new int[2 * ids.length];
      StreamDecoder stream = tokenizer.streamDecoder();
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < ids.length; i++) {
        padded[2 * i] = ids[i];
        padded[2 * i + 1] = id;
        text.append(stream.push(ids[i])).append(stream.push(id));
      }
      assertThat(tokenizer.decode(padded)).isEqualTo("𠮷 ab");
      assertThat(tokenizer.decodeWithSpecialTokens(padded)).isEqualTo("𠮷 ab");
      assertThat(text.append(stream.flush()).toString()).isEqualTo("𠮷 ab");
      assertThat(tokenizer.token(id)).isEmpty();
    }
  }

  /** As in Python's json module, and in our config.json. */
  @Test
  void ofEqualKeysOfTheConfigurationTheLastCounts() throws IOException {
    Files.copy(
        Reference.folder("qwen2").resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"eos_token\":\"<|begin|>\",\"model_max_length\":Infinity,\"eos_token\":\"<|end|>\"}");
    try (var tokenizer = Tokenizer.open(folder)) {
      assertThat(tokenizer.specialTokens().text("eos_token")).hasValue("<|end|>");
      assertThat(tokenizer.eosIds()).containsExactly(1001);
    }
  }

  @Test
  void emptyAndHugeTexts() {
    try (var tokenizer = open("qwen2")) {
      assertThat(tokenizer.encode("")).isEmpty();
      assertThat(tokenizer.decode()).isEmpty();
      String long1 = "word ".repeat(200_000);
      assertThat(tokenizer.decode(tokenizer.encode(long1))).isEqualTo(long1);
      String huge = "a ".repeat((1 << 25) + 1);
      assertThatThrownBy(() -> tokenizer.encode(huge))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("67108864");
    }
  }

  /** Its pattern would backtrack eleven million steps, and the library panics at ten. */
  @ParameterizedTest
  @ValueSource(strings = {" ", "\n", "\t ", "A"})
  void stretchesBeyondThePatternsReachAreRefused(String text) {
    try (var tokenizer = open("qwen2")) {
      assertThat(tokenizer.encode(text.repeat(300_000))).isNotEmpty();
      assertThatThrownBy(() -> tokenizer.encode("a b" + text.repeat(11_000_000)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("split the text");
    }
  }

  @Test
  void tooSmallLimitsAreNamed() {
    try (var tokenizer = open("wordpiece")) {
      assertThat(tokenizer.encode("human beings", 2).ids()).containsExactly(2, 3);
      assertThatThrownBy(() -> tokenizer.encode("human beings", 1))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("a limit of 1");
    }
  }

  @Test
  void useAfterCloseThrowsAndClosingTwiceDoesNot() {
    Tokenizer tokenizer = open("qwen2");
    tokenizer.encodePlain("x");
    tokenizer.close();
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encode("x"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> tokenizer.decode(1)).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> tokenizer.encodePlain("x")).isInstanceOf(DataException.class);
  }

  @Test
  void threadsShareATokenizer() {
    String text = Reference.read("llama3/reference.json").cases().getLast().text();
    try (var tokenizer = open("llama3")) {
      int[] expected = tokenizer.encode(text);
      assertThat(
              IntStream.range(0, 400)
                  .parallel()
                  .mapToObj(i -> tokenizer.encode(text))
                  .allMatch(ids -> Arrays.equals(ids, expected)))
          .isTrue();
    }
  }

  @Test
  void streamsHoldBackIncompleteCharacters() {
    try (var tokenizer = open("qwen2")) {
      StreamDecoder stream = tokenizer.streamDecoder();
      int[] ids = tokenizer.encode("𠮷");
      assertThat(ids.length).as("one character over several tokens").isGreaterThan(1);
      for (int i = 0; i < ids.length - 1; i++) {
        assertThat(stream.push(ids[i])).isEmpty();
      }
      assertThat(stream.push(ids[ids.length - 1])).isEqualTo("𠮷");
      assertThat(stream.push(ids[0])).isEmpty();
      assertThat(stream.push(1001)).as("a special token").isEmpty();
      assertThat(stream.flush()).isEqualTo("\uFFFD");
      assertThat(stream.flush()).isEmpty();
    }
  }

  @Test
  void streamsKeepSpacesBetweenWords() {
    try (var tokenizer = open("spm")) {
      StreamDecoder stream = tokenizer.streamDecoder();
      StringBuilder text = new StringBuilder();
      int[] ids = tokenizer.encodePrompt("All human beings");
      for (int id : ids) {
        text.append(stream.push(id)).append(stream.push(2));
      }
      assertThat(text.append(stream.flush()).toString()).isEqualTo("All human beings");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {                                                    | Unexpected
          []                                                   | no JSON object
          {}                                                   | no model.vocab
          {"model":{}}                                         | no model.vocab
          {"model":{"vocab":{"a":-1}}}                         | token id -1
          {"model":{"vocab":{"a":999999999}}}                  | token id 999999999
          {"model":{"vocab":{"a":1e99}}}                       | no whole number
          {"model":{"vocab":[["a"]]}}                          | did not match
          {"model":{"vocab":3}}                                | no list or object
          {"model":{"type":"BPE","vocab":{"a":0},"merges":[["a","b"]]}} | Token `b` out of vocabulary
          {"added_tokens":[{}],"model":{"vocab":{"a":0}}}      | without id or content
          """)
  void brokenFilesAreNamedOnOneLine(String json, String got) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), json);
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("tokenizer.json")
        .hasMessageContaining(got)
        .message()
        .doesNotContain("\n");
  }

  /** Each of these would crash the process in the native library. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
            + "{\"id\":\"x\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}}",
        "\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\"\"},\"content\":\"x\"}",
        "\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a|b*\"},\"content\":\"x\"}",
        "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\","
            + "\"prepend\":\"\"}]}",
        "\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"}",
        "\"normalizer\":{\"type\":\"Precompiled\"}",
        "\"pre_tokenizer\":{\"type\":\"FixedLength\",\"length\":0}",
        "\"decoder\":{\"type\":\"Strip\",\"content\":\" \",\"start\":0,\"stop\":1}",
        "\"decoder\":{\"type\":\"Fuse\",\"x\":1e999}",
        "\"decoder\":{\"type\":\"Fuse\",\"x\":\"\\ud800\"}",
        "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"Sequence\":"
            + "{\"id\":\"B\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}}",
        "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"Sequence\":"
            + "[\"B\",0]}],\"pair\":[],\"special_tokens\":{}}",
        "\"post_processor\":{\"type\":\"Sequence\",\"processors\":["
            + "{\"type\":\"TemplateProcessing\",\"single\":[],\"pair\":[],\"special_tokens\":{}},"
            + "{\"type\":\"TemplateProcessing\",\"single\":[],\"pair\":[],\"special_tokens\":{}}]}",
        "\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(a|a)*c\"},"
            + "\"behavior\":\"Isolated\",\"invert\":false}",
        "\"normalizer\":{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true},"
            + "\"added_tokens\":[{\"id\":1,\"content\":\"  \",\"single_word\":false,\"lstrip\":false,"
            + "\"rstrip\":false,\"normalized\":true,\"special\":false}]",
        "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,"
            + "\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true},"
            + "\"added_tokens\":[{\"id\":1,\"content\":\"\\u200c\",\"single_word\":false,"
            + "\"lstrip\":false,\"rstrip\":false,\"normalized\":true,\"special\":false}]",
        "\"added_tokens\":[{\"id\":1,\"content\":\"<a>\",\"single_word\":false,\"lstrip\":false,"
            + "\"rstrip\":true,\"normalized\":false,\"special\":false},{\"id\":2,\"content\":\" \","
            + "\"single_word\":false,\"lstrip\":true,\"rstrip\":false,\"normalized\":false,"
            + "\"special\":false}]"
      })
  void filesThatBringTheLibraryDownAreRefused(String component) throws IOException {
    String model =
        "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,\"fuse_unk\":false,"
            + "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"
            + "\"byte_fallback\":false,\"ignore_merges\":false,\"vocab\":{\"a\":0},\"merges\":[]}";
    Files.writeString(folder.resolve("tokenizer.json"), "{" + component + "," + model + "}");
    assertThatThrownBy(() -> Tokenizer.open(folder)).isInstanceOf(DataException.class);
    String prefixed = model.replace("prefix\":null", "prefix\":\"##\"");
    Files.writeString(folder.resolve("tokenizer.json"), "{" + prefixed + "}");
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("continuing_subword_prefix");
  }

  /** The library takes quadratic time for them: sixty thousand took more than twenty seconds. */
  @Test
  void moreAddedTokensThanTheLibraryCanCompareAreRefused() throws IOException {
    List<TokenizerJson.AddedToken> tokens =
        IntStream.range(0, 60_000)
            .mapToObj(i -> TokenizerJson.AddedToken.of(1 + i, "<|s_" + i + "|>", false))
            .toList();
    Files.writeString(
        folder.resolve("tokenizer.json"),
        "{\"added_tokens\":"
            + TokenizerJson.json(tokens)
            + ",\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",0.0]]}}");
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("60000 added tokens");
  }

  /** Tries of pieces and nested components are read and freed recursively. */
  @Test
  void depthThatExhaustsTheStackIsRefused() throws IOException {
    String model = "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"%s\",0.0]]}";
    Files.writeString(
        folder.resolve("tokenizer.json"), "{" + model.formatted("a".repeat(1_000_000)) + "}");
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a piece of 1000000 bytes");
    String nested = "{\"type\":\"Fuse\",\"x\":" + "[".repeat(125) + "]".repeat(125) + "}";
    Files.writeString(
        folder.resolve("tokenizer.json"),
        "{\"decoder\":" + nested + "," + model.formatted("a") + "}");
    assertThatThrownBy(() -> Tokenizer.open(folder)).isInstanceOf(DataException.class);
    String regex = "(".repeat(3000) + "a" + ")".repeat(3000);
    Files.writeString(
        folder.resolve("tokenizer.json"),
        "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\""
            + regex
            + "\"},\"behavior\":\"Isolated\",\"invert\":false},"
            + model.formatted("a")
            + "}");
    assertThatThrownBy(() -> Tokenizer.open(folder)).isInstanceOf(DataException.class);
  }

  @Test
  void foldersWithoutOneSayWhatToDo() {
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("tokenizer.json")
        .hasMessageContaining("save_pretrained");
  }

  @Test
  void bytesThatAreNoUtf8AreNamed() throws IOException {
    Files.write(folder.resolve("tokenizer.json"), new byte[] {'{', (byte) 0xFF, '}'});
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no UTF-8");
  }
}
