package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufTokenizerTest {
  @TempDir Path folder;

  private Tokenizer tokenizer(Map<String, ?> metadata) {
    return GgufBytes.tokenizer(folder, metadata);
  }

  private static Map<String, Object> byteLevel() {
    Map<String, Object> metadata = new HashMap<>();
    metadata.put("tokenizer.ggml.model", "gpt2");
    metadata.put("tokenizer.ggml.pre", "smollm");
    metadata.put(
        "tokenizer.ggml.tokens",
        List.of("<s>", "</s>", "a", "b", "Ġ", "ab", "Ġab", "1", "2", "12", "Ã", "©", "<x>"));
    metadata.put("tokenizer.ggml.token_type", new int[] {3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4});
    metadata.put("tokenizer.ggml.merges", List.of("a b", "Ġ ab", "1 2"));
    metadata.put("tokenizer.ggml.bos_token_id", 0);
    metadata.put("tokenizer.ggml.eos_token_id", 1);
    return metadata;
  }

  @Test
  void byteLevelMergesWithinWordsOnly() {
    try (var tokenizer = tokenizer(byteLevel())) {
      // smollm splits digits, so "1 2" never merges.
      assertThat(tokenizer.encode("ab ab12é")).containsExactly(5, 6, 7, 8, 10, 11);
      assertThat(tokenizer.decode(5, 6, 7, 8, 10, 11)).isEqualTo("ab ab12é");
    }
  }

  @Test
  void bosFollowsTheMetadata() {
    Map<String, Object> metadata = byteLevel();
    metadata.put("tokenizer.ggml.add_bos_token", true);
    try (var tokenizer = tokenizer(metadata)) {
      assertThat(tokenizer.encode("a")).containsExactly(0, 2);
      assertThat(tokenizer.encodePrompt("<s>a")).containsExactly(0, 2);
      assertThat(tokenizer.eosIds()).containsExactly(1);
      assertThat(tokenizer.bosId()).hasValue(0);
      assertThat(tokenizer.padId()).isEmpty();
    }
  }

  @Test
  void plainTextCannotForgeSpecialTokensButUserDefinedOnesStay() {
    Map<String, Object> metadata = byteLevel();
    metadata.put(
        "tokenizer.ggml.tokens",
        List.of("<s>", "</s>", "a", "b", "Ġ", "ab", "Ġab", "<", "s", ">", "Ã", "©", "<x>"));
    metadata.put("tokenizer.ggml.merges", List.of("a b"));
    try (var tokenizer = tokenizer(metadata)) {
      assertThat(tokenizer.encode("<s><x>")).containsExactly(0, 12);
      assertThat(tokenizer.encodePlain("<s><x>")).containsExactly(7, 8, 9, 12);
    }
  }

  @Test
  void unknownPreTokenizerListsTheKnown() {
    Map<String, Object> metadata = byteLevel();
    metadata.put("tokenizer.ggml.pre", "brand-new");
    assertThatThrownBy(() -> tokenizer(metadata))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("brand-new")
        .hasMessageContaining("llama-bpe");
  }

  @Test
  void wrongTypesAreNamed() {
    Map<String, Object> metadata = byteLevel();
    metadata.put("tokenizer.ggml.merges", "a b");
    assertThatThrownBy(() -> tokenizer(metadata))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("tokenizer.ggml.merges");
    metadata.put("tokenizer.ggml.merges", List.of("ab"));
    assertThatThrownBy(() -> tokenizer(metadata))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("'ab' at 0");
  }

  /** Without them a byte-level BPE would spell every word byte by byte. */
  @Test
  void byteLevelWithoutMergesIsRefused() {
    Map<String, Object> metadata = byteLevel();
    metadata.remove("tokenizer.ggml.merges");
    assertThatThrownBy(() -> tokenizer(metadata))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("tokenizer.ggml.merges");
  }

  /** Files old and new mark such tokens as normal or user-defined, or have no types. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "<|eot_id|>",
        "<|eom_id|>",
        "<|im_end|>",
        "<|end|>",
        "<|return|>",
        "<|call|>",
        "<|calls|>",
        "<|flush|>",
        "<end_of_turn>",
        "<turn|>",
        "<|endoftext|>",
        "<|end_of_text|>",
        "<EOT>",
        "_<EOT>",
        "[EOT]",
        "[EOS]",
        "<eos>",
        "<end_of_utterance>",
        "<｜end▁of▁sentence｜>",
        "[e~[",
        "<|fim_pad|>",
        "<|file_sep|>",
        "<|repo_name|>"
      })
  void endsAreKnownByTheirSpelling(String end) {
    for (int type : new int[] {1, 3, 4, 0}) {
      Map<String, Object> metadata = byteLevel();
      metadata.put("tokenizer.ggml.tokens", List.of("<s>", "</s>", "a", "b", "Ġ", "ab", end, "x"));
      metadata.put("tokenizer.ggml.merges", List.of("a b"));
      if (type == 0) {
        metadata.remove("tokenizer.ggml.token_type");
      } else {
        metadata.put("tokenizer.ggml.token_type", new int[] {3, 3, 1, 1, 1, 1, type, 1});
      }
      try (var tokenizer = tokenizer(metadata)) {
        assertThat(tokenizer.encode("ab" + end + "a")).as("type %d", type).containsExactly(5, 6, 2);
        assertThat(tokenizer.encodePlain("ab" + end)).doesNotContain(6);
        assertThat(tokenizer.eosIds()).as("type %d", type).containsExactlyInAnyOrder(1, 6);
        assertThat(tokenizer.decode(5, 6, 2)).isEqualTo("aba");
      }
    }
  }

  /** gpt-oss ends each part of an answer with {@code <|end|>}. */
  @Test
  void partsOfAnAnswerDontEndIt() {
    Map<String, Object> metadata = byteLevel();
    metadata.put(
        "tokenizer.ggml.tokens",
        List.of("<s>", "<|return|>", "a", "b", "Ġ", "ab", "<|end|>", "<|call|>"));
    metadata.put("tokenizer.ggml.merges", List.of("a b"));
    metadata.put("tokenizer.ggml.token_type", new int[] {3, 3, 1, 1, 1, 1, 3, 3});
    try (var tokenizer = tokenizer(metadata)) {
      assertThat(tokenizer.eosIds()).containsExactlyInAnyOrder(1, 7);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -2, 13, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void nonsenseSpecialIdsAreAsGoodAsNone(int id) {
    Map<String, Object> metadata = byteLevel();
    for (String role :
        List.of("bos", "eos", "eot", "eom", "unknown", "padding", "cls", "fim_pad")) {
      metadata.put("tokenizer.ggml." + role + "_token_id", id);
    }
    metadata.put("tokenizer.ggml.add_bos_token", true);
    try (var tokenizer = tokenizer(metadata)) {
      assertThat(tokenizer.bosId()).isEmpty();
      assertThat(tokenizer.padId()).isEmpty();
      assertThat(tokenizer.eosIds()).as("by its spelling").containsExactly(1);
      assertThat(tokenizer.encode("ab")).containsExactly(5);
    }
  }

  /** As in llama.cpp, whose defaults for this type are the first three pieces. */
  @Test
  void nonsenseIdsOfSentencePieceFallBackToTheUsualOnes() {
    Map<String, Object> metadata = new HashMap<>();
    metadata.put("tokenizer.ggml.model", "llama");
    metadata.put("tokenizer.ggml.tokens", List.of("<unk>", "<s>", "<end>", "▁", "a", "▁a"));
    metadata.put("tokenizer.ggml.scores", new float[] {0, 0, 0, -3, -2, -1});
    metadata.put("tokenizer.ggml.token_type", new int[] {2, 3, 3, 1, 1, 1});
    metadata.put("tokenizer.ggml.bos_token_id", -1);
    metadata.put("tokenizer.ggml.eos_token_id", 99);
    try (var tokenizer = tokenizer(metadata)) {
      assertThat(tokenizer.encode("a")).containsExactly(1, 5);
      assertThat(tokenizer.eosIds()).containsExactly(2);
    }
  }
}
