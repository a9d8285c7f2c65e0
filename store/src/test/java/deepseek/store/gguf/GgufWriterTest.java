package deepseek.store.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.GgmlType;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.store.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class GgufWriterTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(
      value = GgmlType.class,
      names = {"F32", "F16", "BF16", "Q8_0", "Q4_0"})
  void quantisesToTheSameBytesAsTheReference(GgmlType type) {
    Path weights = TestFiles.resource(GgufWriterTest.class, "weights.f32");
    String expected = type == GgmlType.F32 ? "weights.f32" : "weights-" + type + ".bin";
    Path file = folder.resolve("out.gguf");
    try (Scope scope = Scope.open()) {
      Tensor tensor = Tensor.of(TestFiles.floats(weights), 8, 96);
      new GgufWriter("test").tensor("w", tensor, type).write(file);
    }
    byte[] bytes = TestFiles.bytes(file);
    byte[] packed = TestFiles.bytes(TestFiles.resource(GgufWriterTest.class, expected));
    int start = bytes.length - (packed.length + 31) / 32 * 32;
    assertThat(Arrays.copyOfRange(bytes, start, start + packed.length)).isEqualTo(packed);
  }

  @Test
  void readsBackWhatItWrote() {
    Path file = folder.resolve("out.gguf");
    try (Scope scope = Scope.open()) {
      new GgufWriter("llama")
          .text("general.name", "ü")
          .uint32("llama.block_count", 4_000_000_000L)
          .float32("llama.rope.freq_base", 1e4f)
          .flag("tokenizer.ggml.add_bos_token", true)
          .texts("tokenizer.ggml.tokens", List.of("a", "b"))
          .int32s("tokenizer.ggml.token_type", 1, -3)
          .float32s("tokenizer.ggml.scores", 0.5f, -1)
          .tensor("odd", Tensor.of(new float[] {1, 2, 3}), GgmlType.F32)
          .tensor("scalar", Tensor.scalar(7), GgmlType.F16)
          .tensor("cube", Tensor.arange(0, 24, Device.CPU).reshape(2, 3, 4), GgmlType.F32)
          .tensor("none", Tensor.zeros(0, 4), GgmlType.F32)
          .write(file);
      try (GgufFile read = GgufFile.open(file)) {
        GgufMetadata metadata = read.metadata();
        assertThat(metadata.requireText("general.architecture")).isEqualTo("llama");
        assertThat(metadata.requireText("general.name")).isEqualTo("ü");
        assertThat(metadata.requireWhole("llama.block_count")).isEqualTo(4_000_000_000L);
        assertThat(metadata.real("llama.rope.freq_base")).hasValue(1e4);
        assertThat(metadata.flag("tokenizer.ggml.add_bos_token")).contains(true);
        assertThat(metadata.texts("tokenizer.ggml.tokens")).containsExactly("a", "b");
        assertThat(metadata.wholes("tokenizer.ggml.token_type")).containsExactly(1, -3);
        assertThat(metadata.reals("tokenizer.ggml.scores")).containsExactly(0.5f, -1);
        assertThat(read.names()).containsExactlyInAnyOrder("odd", "scalar", "cube", "none");
        assertThat(read.load("odd").toFloats()).containsExactly(1, 2, 3);
        assertThat(read.load("scalar").shape()).isEmpty();
        assertThat(read.load("scalar", DType.FLOAT32, Device.CPU).item()).isEqualTo(7);
        assertThat(read.info("cube").shape()).containsExactly(2L, 3L, 4L);
        assertThat(read.load("cube").toFloats()[23]).isEqualTo(23);
        assertThat(read.load("none").shape()).containsExactly(0, 4);
      }
    }
  }

  @Test
  void takesMetadataOverByteForByte() {
    Path first = folder.resolve("first.gguf");
    Path second = folder.resolve("second.gguf");
    new GgufWriter("llama")
        .uint32("general.file_type", 2)
        .float32("llama.rope.freq_base", 1e4f)
        .texts("tokenizer.ggml.tokens", List.of("a", "ü"))
        .int32s("tokenizer.ggml.token_type", 1, -3)
        .uint32("general.alignment", 32)
        .write(first);
    try (GgufFile file = GgufFile.open(first)) {
      GgufWriter.withMetadataOf(file, Set.of("general.file_type"))
          .uint32("general.file_type", 7)
          .write(second);
    }
    try (GgufFile file = GgufFile.open(second)) {
      GgufMetadata metadata = file.metadata();
      assertThat(metadata.keys())
          .containsExactly(
              "general.architecture",
              "llama.rope.freq_base",
              "tokenizer.ggml.tokens",
              "tokenizer.ggml.token_type",
              "general.file_type");
      assertThat(metadata.requireWhole("general.file_type")).isEqualTo(7);
      assertThat(metadata.real("llama.rope.freq_base")).hasValue(1e4);
      assertThat(metadata.texts("tokenizer.ggml.tokens")).containsExactly("a", "ü");
      assertThat(metadata.wholes("tokenizer.ggml.token_type")).containsExactly(1, -3);
    }
  }

  @Test
  void valuesMadeOnWritingAreFreedAfter() {
    Path file = folder.resolve("out.gguf");
    GgufWriter writer =
        new GgufWriter("test")
            .tensor("a", List.of(2L, 32L), GgmlType.Q8_0, () -> Tensor.zeros(2, 32))
            .tensor("b", List.of(3L), GgmlType.F32, () -> Tensor.ones(3));
    long live = Scope.live();
    writer.write(file);
    assertThat(Scope.live()).isEqualTo(live);
    try (Scope scope = Scope.open();
        GgufFile read = GgufFile.open(file)) {
      assertThat(read.info("a").shape()).containsExactly(2L, 32L);
      assertThat(read.load("b").toFloats()).containsExactly(1, 1, 1);
    }
    writer.tensor("c", List.of(4L), GgmlType.F32, () -> Tensor.ones(3));
    assertThatThrownBy(() -> writer.write(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("values of shape [4]");
  }

  @Test
  void refusesWhatItCannotWriteAndLeavesNoTrace() throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor row = Tensor.of(new float[33]);
      GgufWriter writer = new GgufWriter("test");
      assertThatThrownBy(() -> writer.tensor("w", row, GgmlType.Q4_0))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("a multiple of 32");
      assertThatThrownBy(() -> writer.tensor("w", row, GgmlType.Q4_K))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("F32, F16, BF16, Q8_0, Q4_0");
      float[] broken = new float[32];
      broken[5] = Float.NaN;
      writer.tensor("w", Tensor.of(broken), GgmlType.Q8_0);
      assertThatThrownBy(() -> writer.write(folder.resolve("nan.gguf")))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("finite weights");
    }
    try (var files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }
}
