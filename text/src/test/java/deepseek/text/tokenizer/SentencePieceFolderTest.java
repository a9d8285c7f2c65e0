package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder with only a tokenizer.model tokenises like SentencePiece. */
class SentencePieceFolderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"spm-llama", "spm-gemma", "spm-rules"})
  void idsAndTextsAreThoseOfSentencePiece(String name) {
    Reference reference = Reference.read(name + "/reference.json");
    assertThat(reference.cases()).hasSizeGreaterThan(60);
    try (var tokenizer = Tokenizer.open(Reference.folder(name))) {
      SoftAssertions all = new SoftAssertions();
      for (Reference.Case c : reference.cases()) {
        all.assertThat(boxed(tokenizer.encodePlain(c.text()))).as(c.text()).isEqualTo(c.ids());
        all.assertThat(tokenizer.decode(c.array())).isEqualTo(c.decodedText());
      }
      all.assertAll();
    }
  }

  private static List<Integer> boxed(int[] ids) {
    return IntStream.of(ids).boxed().toList();
  }

  @Test
  void theBeginningIsMarkedUnlessTheConfigurationSaysOtherwise() throws IOException {
    copy("spm-llama");
    int[] plain;
    try (var tokenizer = Tokenizer.open(folder)) {
      plain = tokenizer.encodePlain("Hello");
      assertThat(tokenizer.encode("Hello")).startsWith(1).endsWith(plain);
      assertThat(tokenizer.encode("Hello")).hasSize(plain.length + 1);
      assertThat(tokenizer.encodePrompt("<s>")).containsExactly(1);
      assertThat(tokenizer.eosIds()).containsExactly(2);
    }
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"add_bos_token\": false, \"add_eos_token\": true}");
    try (var tokenizer = Tokenizer.open(folder)) {
      assertThat(Arrays.copyOf(tokenizer.encode("Hello"), plain.length)).isEqualTo(plain);
      assertThat(tokenizer.encode("Hello")).hasSize(plain.length + 1).endsWith(2);
    }
  }

  @Test
  void tokensOfTheConfigurationComeBehindThePieces() throws IOException {
    copy("spm-llama");
    Files.writeString(
        folder.resolve("added_tokens.json"), "{\"<|im_end|>\": 901, \"<|im_start|>\": 900}");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"<|im_end|>\"}");
    try (var tokenizer = Tokenizer.open(folder)) {
      assertThat(tokenizer.encodePrompt("<|im_start|><|im_end|>")).containsExactly(900, 901);
      assertThat(tokenizer.eosIds()).containsExactly(901);
      assertThat(tokenizer.vocabSize()).isEqualTo(902);
    }
  }

  @Test
  void tokenizerJsonWinsOverTheModel() throws IOException {
    copy("spm-llama");
    Files.copy(
        Reference.folder("wordpiece").resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    try (var tokenizer = Tokenizer.open(folder)) {
      assertThat(tokenizer.vocabSize()).isNotEqualTo(900);
    }
  }

  private void copy(String name) throws IOException {
    Files.copy(
        Reference.folder(name).resolve("tokenizer.model"), folder.resolve("tokenizer.model"));
  }

  @Test
  void brokenModelsAreRefusedInOneLine() throws IOException {
    byte[] whole = Files.readAllBytes(Reference.folder("spm-rules").resolve("tokenizer.model"));
    assertRefused(new byte[0], "a vocabulary, got no pieces");
    assertRefused("pickle".getBytes(StandardCharsets.UTF_8), "SentencePiece model");
    assertRefused(Arrays.copyOf(whole, whole.length - 3), "more bytes at offset");
    assertRefused(message(1, message(1, bytes("a"))), "got one of kind unigram");
    assertRefused(
        concat(message(1, message(1, bytes("a"))), message(2, new byte[] {3 << 3, 9})),
        "got one of kind unknown");
    assertRefused(
        concat(
            message(1, message(1, bytes("a"))),
            message(2, new byte[] {3 << 3, 2}),
            message(3, message(2, bytes("no trie")))),
        "a damaged precompiled_charsmap");
  }

  private void assertRefused(byte[] model, String message) throws IOException {
    Files.write(folder.resolve("tokenizer.model"), model);
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] message(int field, byte[] content) {
    return concat(new byte[] {(byte) (field << 3 | 2), (byte) content.length}, content);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
