package deepseek.store.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.compute.DType;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class GrowingSafetensorsTest {
  @TempDir Path folder;

  private static GrowingSafetensors.Filling bytes(int count, int first) {
    byte[] values = new byte[count];
    for (int i = 0; i < count; i++) {
      values[i] = (byte) (first + i);
    }
    return sink -> {
      Tensor native_ = Tensor.empty(DType.UINT8, deepseek.compute.Device.CPU, count);
      MemorySegment to = deepseek.store.MappedTensor.memory(native_);
      to.copyFrom(MemorySegment.ofArray(values));
      // The second half first: pieces may come in any order.
      sink.write(count / 2, to.asSlice(count / 2));
      sink.write(0, to.asSlice(0, count / 2));
    };
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void tensorsAreReadWhileItGrowsAndWhenItIsAFile() throws IOException {
    Path target = folder.resolve("a.packed");
    try (Scope scope = Scope.open();
        var growing = new GrowingSafetensors(target, 1000, 1 << 20)) {
      Tensor first = growing.append("first", new long[] {2, 64}, bytes(128, 0));
      assertThat(first.toLongs()[127]).isEqualTo(127);
      assertThat(first.dataAddress() % 64).isZero();
      Tensor second = growing.append("second", new long[] {64}, bytes(64, 100));
      assertThat(second.dataAddress() % 64).isZero();
      assertThat(growing.tensor("first").orElseThrow().dataAddress())
          .isEqualTo(first.dataAddress());
      assertThat(target).doesNotExist();

      growing.finish(Map.of("note", "x"));
      assertThat(files()).containsExactly("a.packed");
      assertThat(second.toLongs()[0]).isEqualTo(100);
      try (SafetensorsFile file = SafetensorsFile.open(target)) {
        assertThat(file.names()).containsExactly("first", "second");
        assertThat(file.metadata()).containsExactly(Map.entry("note", "x"));
        assertThat(file.info("first").shape()).containsExactly(2L, 64L);
        assertThat(file.load("second").toLongs()).isEqualTo(second.toLongs());
        assertThat(file.data().byteSize()).isEqualTo(192);
      }
    }
  }

  @Test
  void anUnfinishedFileLeavesTheOldOne() throws IOException {
    Path target = Files.writeString(folder.resolve("a.packed"), "old");
    try (Scope scope = Scope.open()) {
      Tensor tensor;
      try (var growing = new GrowingSafetensors(target, 1000, 1000)) {
        tensor = growing.append("t", new long[] {64}, bytes(64, 1));
      }
      assertThat(files()).containsExactly("a.packed");
      assertThat(target).hasContent("old");
      assertThat(tensor.toLongs()[63]).as("a view outlives the file").isEqualTo(64);
    }
  }

  @Test
  void aHeaderThatFindsNoRoomIsAnError() {
    Path target = folder.resolve("a.packed");
    try (Scope scope = Scope.open();
        var growing = new GrowingSafetensors(target, 8, 1000)) {
      growing.append("t", new long[] {64}, bytes(64, 1));
      assertThatThrownBy(() -> growing.finish(Map.of("note", "x".repeat(20_000))))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("leave more room");
      assertThat(target).doesNotExist();
    }
  }

  @Test
  void aFullDiskIsAnErrorAndWhatWasWrittenStays() throws IOException {
    try (Scope scope = Scope.open();
        var growing = new GrowingSafetensors(folder.resolve("a.packed"), 100, 1000)) {
      Tensor first = growing.append("t", new long[] {64}, bytes(64, 1));
      assertThatThrownBy(
              () ->
                  growing.append(
                      "u",
                      new long[] {64},
                      sink -> {
                        throw new IOException("No space left on device");
                      }))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("No space left on device; free disk space");
      assertThat(first.toLongs()[63]).isEqualTo(64);
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void moreThanAnnouncedOrANameTwiceIsAnError() {
    try (Scope scope = Scope.open();
        var growing = new GrowingSafetensors(folder.resolve("a.packed"), 100, 100)) {
      growing.append("t", new long[] {64}, bytes(64, 1));
      assertThatThrownBy(() -> growing.append("u", new long[] {64}, bytes(64, 1)))
          .isInstanceOf(DataException.class);
      assertThatThrownBy(() -> growing.append("t", new long[] {1}, bytes(1, 1)))
          .isInstanceOf(DataException.class);
    }
  }

  @Test
  void aFolderThatIsNotThereIsAnError() {
    assertThatThrownBy(
            () -> new GrowingSafetensors(folder.resolve("none").resolve("a.packed"), 100, 100))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("NoSuchFileException");
  }
}
