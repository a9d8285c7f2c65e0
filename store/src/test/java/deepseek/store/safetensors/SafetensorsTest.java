package deepseek.store.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.store.TestFiles;
import deepseek.store.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class SafetensorsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(DType.class)
  void roundTripsEveryType(DType dtype) {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      Tensor tensor = Tensor.of(new float[] {0, 1, -2, 448, 5, 6}, 2, 3).to(dtype);
      SafetensorsWriter.write(file, Map.of("w", tensor), Map.of("format", "pt"));
      try (SafetensorsFile read = SafetensorsFile.open(file)) {
        assertThat(read.metadata()).containsExactly(Map.entry("format", "pt"));
        assertThat(read.info("w").dtype()).isEqualTo(dtype);
        assertThat(read.load("w").toBytes()).isEqualTo(tensor.toBytes());
        assertThat(read.load("w", DType.FLOAT32, Device.CPU).toFloats())
            .isEqualTo(tensor.to(DType.FLOAT32).toFloats());
      }
    }
  }

  @Test
  void writesTheSameBytesAsTheReference() {
    Path expected = TestFiles.resource(SafetensorsTest.class, "reference.safetensors");
    Path file = folder.resolve("a.safetensors");
    try (SafetensorsFile reference = SafetensorsFile.open(expected);
        Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : reference.names()) {
        tensors.put(name, reference.load(name));
      }
      SafetensorsWriter.write(file, tensors, reference.metadata());
    }
    assertThat(TestFiles.bytes(file)).isEqualTo(TestFiles.bytes(expected));
  }

  @Test
  void mapsWithoutCopyAndKeepsTheMappingForItsTensors() {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(file, Map.of("w", Tensor.of(new float[] {1, 2})), Map.of());
      SafetensorsFile read = SafetensorsFile.open(file);
      Tensor first = read.load("w");
      Tensor second = read.load("w");
      assertThat(first.dataAddress()).isEqualTo(second.dataAddress());
      read.close();
      read.close();

      assertThat(first.toFloats()).containsExactly(1, 2);
      assertThatThrownBy(() -> read.load("w"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("a closed one");
    }
  }

  @Test
  void writingIntoAMappedTensorLeavesTheFileAlone() {
    Path file = folder.resolve("a.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(file, Map.of("w", Tensor.of(new float[] {1, 2})), Map.of());
      byte[] before = TestFiles.bytes(file);
      try (SafetensorsFile read = SafetensorsFile.open(file)) {
        Tensor tensor = read.load("w");
        tensor.fill(9);
        assertThat(tensor.toFloats()).containsExactly(9, 9);
      }
      assertThat(TestFiles.bytes(file)).isEqualTo(before);
    }
  }

  @Test
  void readsDataThatIsNotAligned() {
    String json =
        "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
            + "\"f\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[1,5]}}";
    Path file =
        TestFiles.write(
            folder.resolve("a.safetensors"), SafetensorsHostileTest.file(json, 7, 0, 0, 32, 64));
    try (SafetensorsFile read = SafetensorsFile.open(file);
        Scope scope = Scope.open()) {
      assertThat(read.load("f").item()).isEqualTo(2.5);
      assertThat(read.load("f").shape()).isEmpty();
    }
  }

  @Test
  void shardsAndReadsBack() throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (int i = 0; i < 5; i++) {
        tensors.put("layers." + i + ".weight", Tensor.of(new float[] {i, i}));
      }
      SafetensorsWriter.writeCheckpoint(folder, tensors, 16);
      assertThat(names(folder))
          .containsExactlyInAnyOrder(
              "model-00001-of-00003.safetensors",
              "model-00002-of-00003.safetensors",
              "model-00003-of-00003.safetensors",
              "model.safetensors.index.json");
      try (Weights read = SafetensorsCheckpoint.open(folder)) {
        assertThat(read.names()).containsExactlyElementsOf(tensors.keySet());
        read.prefetch(read.names());
        assertThat(read.load("layers.3.weight").toFloats()).containsExactly(3, 3);
        read.release(read.names());
        assertThatThrownBy(() -> read.load("layers.9.weight"))
            .isInstanceOf(DataException.class)
            .hasMessageContaining("such as [layers.0.weight");
      }

      SafetensorsWriter.writeCheckpoint(folder, tensors, SafetensorsWriter.DEFAULT_SHARD_BYTES);
      assertThat(names(folder)).containsExactly("model.safetensors");
    }
  }

  @Test
  void namesTheShardsThatAreMissing() throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("a", Tensor.of(new float[] {1}));
      tensors.put("b", Tensor.of(new float[] {1}));
      SafetensorsWriter.writeCheckpoint(folder, tensors, 4);
    }
    Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
    assertThatThrownBy(() -> SafetensorsCheckpoint.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1 missing: [model-00002-of-00002.safetensors]");
  }

  @Test
  void saysWhatAFolderWithoutWeightsLacks() {
    assertThat(SafetensorsCheckpoint.isIn(folder)).isFalse();
    assertThatThrownBy(() -> SafetensorsCheckpoint.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("model.safetensors.index.json");
    assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none.safetensors")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("nothing there");
    assertThatThrownBy(() -> SafetensorsFile.open(folder)).isInstanceOf(DataException.class);
  }

  @Test
  void listsButDoesNotLoadTypesThatTensorsLack() {
    String json = "{\"w\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[0,2]}}";
    Path file =
        TestFiles.write(folder.resolve("a.safetensors"), SafetensorsHostileTest.file(json, 1, 2));
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.info("w").storedType()).isEqualTo("F4");
      assertThat(read.info("w").byteSize()).isEqualTo(2);
      assertThatThrownBy(() -> read.load("w"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("got F4; convert");
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName() + "").toList();
    }
  }
}
