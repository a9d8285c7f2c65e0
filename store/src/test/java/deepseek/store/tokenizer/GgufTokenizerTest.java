package deepseek.store.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.store.StoreException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
      // smollm takes digits one by one, so "1 2" never merges.
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
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("brand-new")
        .hasMessageContaining("llama-bpe");
  }

  @Test
  void wrongTypesAreNamed() {
    Map<String, Object> metadata = byteLevel();
    metadata.put("tokenizer.ggml.merges", "a b");
    assertThatThrownBy(() -> tokenizer(metadata))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("tokenizer.ggml.merges");
    metadata.put("tokenizer.ggml.merges", List.of("ab"));
    assertThatThrownBy(() -> tokenizer(metadata))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("'ab' at 0");
  }
}
