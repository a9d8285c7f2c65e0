package deepseek.text.tokenizer;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of a clone without Git LFS. */
class LfsPointerTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"tokenizer.model", "tokenizer.json"})
  void tokenizersAreNamed(String file) throws IOException {
    Files.writeString(
        folder.resolve(file),
        """
        version https://git-lfs.github.com/spec/v1
        oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
        size 538090408
        """);
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(file)
        .hasMessageContaining("a Git LFS pointer to its 538090408 bytes; run 'git lfs pull'");
  }
}
