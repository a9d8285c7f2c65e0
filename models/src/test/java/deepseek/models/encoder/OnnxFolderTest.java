package deepseek.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.LeakCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The places where repositories keep an encoder's ONNX file. */
@ExtendWith(LeakCheck.class)
class OnnxFolderTest {
  private static final Path ONNX = Path.of("../store/src/test/resources/deepseek/store/onnx");
  private static final String TOKENIZER =
      """
      {"version": "1.0", "added_tokens": [],
       "normalizer": {"type": "Lowercase"},
       "pre_tokenizer": {"type": "BertPreTokenizer"},
       "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": {"[PAD]": 0, "[UNK]": 1, "a": 2, "cat": 3}}}
      """;

  @TempDir Path folder;

  @BeforeEach
  void smallFiles() throws IOException {
    Files.copy(ONNX.resolve("tiny-bert.json"), folder.resolve("config.json"));
    Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER);
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"model_max_length\": 7}");
  }

  private static float[] vector(Path model) {
    try (var encoder = SentenceEncoder.open(model)) {
      assertThat(encoder.maxTokens()).isEqualTo(7);
      return encoder.encode("a cat");
    }
  }

  @Test
  void aFolderOfItsOwnIsAsGoodAsTheTop() throws IOException {
    Path top = Files.copy(ONNX.resolve("tiny-bert.onnx"), folder.resolve("model.onnx"));
    float[] expected = vector(folder);
    assertThat(vector(top)).isEqualTo(expected);
    Path below = Files.createDirectory(folder.resolve("onnx")).resolve("model.onnx");
    Files.move(top, below);
    assertThat(vector(folder)).isEqualTo(expected);
    assertThat(vector(below)).isEqualTo(expected);
  }
}
