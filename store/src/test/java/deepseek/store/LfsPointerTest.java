package deepseek.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import deepseek.files.LfsPointer;
import deepseek.store.gguf.GgufFile;
import deepseek.store.onnx.OnnxEncoder;
import deepseek.store.safetensors.SafetensorsCheckpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opening any file of a clone without Git LFS reports it as such. */
class LfsPointerTest {
  private static final byte[] POINTER =
      """
      version https://git-lfs.github.com/spec/v1
      oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
      size 538090408
      """
          .getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder;

  private void assertNamed(String file, ThrowingCallable opening) {
    TestFiles.write(folder.resolve(file), POINTER);
    assertThatThrownBy(opening)
        .isInstanceOf(DataException.class)
        .hasMessageContaining(file)
        .hasMessageContaining("a Git LFS pointer to its 538090408 bytes; run 'git lfs pull'");
  }

  @Test
  void weightsAreNamed() {
    assertNamed("model.gguf", () -> GgufFile.open(folder.resolve("model.gguf")));
    assertNamed("model.onnx", () -> OnnxEncoder.open(folder.resolve("model.onnx")));
    assertNamed("model.safetensors.index.json", () -> SafetensorsCheckpoint.open(folder));
    assertNamed("model.safetensors", () -> SafetensorsCheckpoint.open(folder));
  }

  @Test
  void otherTextIsNone() {
    LfsPointer.refuse("open", "version https://git-lfs.github.com/");
    LfsPointer.refuse("open", new byte[0]);
    byte[] longer = new byte[2000];
    System.arraycopy(POINTER, 0, longer, 0, POINTER.length);
    LfsPointer.refuse("open", longer);
    assertThat(POINTER).hasSizeLessThan(1024);
  }
}
