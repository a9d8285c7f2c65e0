package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LowerCaseTest {
  @TempDir Path folder;

  /** With any normalizer, text is lower-cased first and special tokens are kept. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "~~|2, 3, 1",
        "'normalizer': null,|2, 3, 1",
        "'normalizer': {'type': 'Lowercase'},|2, 3, 1",
        "'normalizer': {'type': 'Replace', 'pattern': {'String': 'a'}, 'content': 'b'},|3, 3, 1",
        "'normalizer': {'type': 'Replace', 'pattern': {'String': 'A'}, 'content': 'b'},|2, 3, 1",
        "'normalizer': {'type': 'Sequence', 'normalizers': [{'type': 'NFC'}]},|2, 3, 1",
      })
  void comesBeforeTheTokenizersOwn(String normalizer, String ids) throws IOException {
    String json =
        """
        {"version": "1.0", %s
         "added_tokens": [{"id": 1, "content": "[SEP]", "single_word": false, "lstrip": false,
          "rstrip": false, "normalized": false, "special": true}],
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
          "max_input_chars_per_word": 100,
          "vocab": {"[UNK]": 0, "[SEP]": 1, "a": 2, "b": 3}}}
        """
            .formatted(normalizer.replace('\'', '"'));
    Files.writeString(folder.resolve("tokenizer.json"), json);
    try (Tokenizer tokenizer = Tokenizer.open(folder, Letters.LOWER_CASE)) {
      assertThat(tokenizer.encode("A B[SEP]"))
          .containsExactly(Arrays.stream(ids.split(", ")).mapToInt(Integer::parseInt).toArray());
    }
    try (Tokenizer tokenizer = Tokenizer.open(folder, Letters.AS_WRITTEN)) {
      assertThat(tokenizer.encode("b[SEP]")).containsExactly(3, 1);
    }
  }
}
