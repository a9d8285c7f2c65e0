package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import deepseek.models.decoder.DecoderConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder with nothing but a config.json. */
class AutoConfigTest {
  @TempDir Path folder;
  private Path file;
  private String text = "";

  @BeforeEach
  void copyConfig() throws IOException {
    file = folder.resolve("config.json");
    text = Files.readString(new GoldenCase("llama").folder().resolve("config.json"));
    Files.writeString(file, text);
  }

  private DecoderConfig config() {
    return AutoConfig.fromPretrained(folder.toString());
  }

  @Test
  void needsNoWeights() {
    assertThat(config().vocabSize()).isEqualTo(96);
    assertThatThrownBy(() -> AutoModel.fromPretrained(folder.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("model.safetensors");
  }

  @Test
  void readsWhatPythonReads() throws IOException {
    DecoderConfig plain = config();
    String more = "\"vocab_size\": 7, \"limits\": [Infinity, -Infinity, NaN],";
    Files.writeString(file, text.replaceFirst("\\{", "{" + more));
    assertThat(config()).isEqualTo(plain);
  }

  @Test
  void aNumberThatCountsHasToBeFinite() throws IOException {
    Files.writeString(file, text.replaceAll("\"rms_norm_eps\": [^,]*", "\"rms_norm_eps\": NaN"));
    assertThatThrownBy(this::config)
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("rms_norm_eps to be a finite number");
  }

  @Test
  void aPointerInItsPlaceIsNamed() throws IOException {
    Files.writeString(file, "version https://git-lfs.github.com/spec/v1\nsize 700\n");
    assertThatThrownBy(this::config)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("git lfs pull");
  }
}
