package deepseek.store.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.compute.LeakCheck;
import deepseek.compute.Packing;
import deepseek.compute.QTensor;
import deepseek.compute.Rng;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.kernel.cpu.CompiledKernels;
import deepseek.store.TestFiles;
import deepseek.store.gguf.GgufFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packed weights are read back unchanged, or the file is rejected. */
@ExtendWith(LeakCheck.class)
class PackedFileTest {
  private static final PackedKey KEY =
      new PackedKey(Map.of("the size of model.gguf", "123", "the quantisation", "int4"));

  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void thereAreKernels() {
    CompiledKernels.require();
    path = folder.resolve("model.packed");
  }

  /** Writes weights by name; their tensors belong to the innermost scope. */
  private void write(Map<String, Packing> weights) {
    long most = weights.values().stream().mapToLong(p -> p.layout().byteSize()).sum();
    try (Scope scope = Scope.open();
        var writer = new PackedFileWriter(path, KEY, weights.keySet(), most)) {
      weights.forEach(writer::append);
      writer.finish();
    }
  }

  private void writeOne() {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(3)) {
      write(Map.of("w", Packing.rounding(Tensor.randn(rng, 33, 100), QTensor.Bits.EIGHT)));
    }
  }

  @Test
  void everyStoredTypeComesBack() {
    try (GgufFile file = GgufFile.open(TestFiles.resource(GgufFile.class, "all-types.gguf"));
        Scope scope = Scope.open()) {
      Map<String, Packing> weights = new LinkedHashMap<>();
      for (String name : file.names()) {
        file.stored(name)
            .filter(s -> QTensor.packs(s.type()))
            .ifPresent(s -> weights.put(name, Packing.of(s)));
      }
      assertThat(weights).hasSize(9);
      write(weights);
      assertSame(weights);
    }
  }

  @ParameterizedTest
  @EnumSource
  void roundedWeightsComeBack(QTensor.Bits bits) {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(5)) {
      Map<String, Packing> weights = new LinkedHashMap<>();
      for (long rows : new long[] {1, 16, 100, 5000}) {
        Tensor plain = Tensor.randn(rng, rows, 576);
        weights.put("w" + rows, Packing.rounding(plain, bits));
      }
      write(weights);
      assertSame(weights);
    }
  }

  private void assertSame(Map<String, Packing> weights) {
    try (PackedFile file = PackedFile.open(path, KEY)) {
      weights.forEach(
          (name, packing) -> {
            Tensor bytes = file.tensor(name, packing.layout().shape()).orElseThrow();
            QTensor mapped = QTensor.over(packing.layout(), bytes);
            QTensor packed = packing.inMemory();
            assertThat(mapped.dequantise().toFloats())
                .as(name)
                .isEqualTo(packed.dequantise().toFloats());
            assertThat(mapped.format()).isEqualTo(packed.format());
          });
      assertThat(file.tensor("other", new long[] {1})).isEmpty();
    }
  }

  private void assertRefused(String why) {
    assertThatThrownBy(() -> PackedFile.open(path, KEY))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(why);
  }

  @Test
  void eachByteIsGuarded() throws IOException {
    writeOne();
    byte[] whole = Files.readAllBytes(path);
    List<Integer> accepted = new ArrayList<>();
    int header = 8 + whole.length - 33 * 100; // the header's padding precedes the weights
    for (int at = 0; at < whole.length; at += at < 400 || at > header ? 7 : 997) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 4;
      Files.write(path, damaged);
      try (PackedFile file = PackedFile.open(path, KEY)) {
        accepted.add(at);
      } catch (DataException e) {
        // as expected
      }
    }
    assertThat(accepted).isEmpty();
  }

  @Test
  void aShorterFileIsRefused() throws IOException {
    writeOne();
    byte[] whole = Files.readAllBytes(path);
    for (int length : new int[] {0, 7, 100, whole.length / 2, whole.length - 1}) {
      Files.write(path, Arrays.copyOf(whole, length));
      assertRefused("");
    }
  }

  @Test
  void weightsOfTwoNamesCannotBeSwapped() throws IOException {
    try (Scope scope = Scope.open();
        Rng rng = Rng.seeded(3)) {
      write(
          Map.of(
              "one", Packing.rounding(Tensor.randn(rng, 16, 64), QTensor.Bits.FOUR),
              "two", Packing.rounding(Tensor.randn(rng, 16, 64), QTensor.Bits.FOUR)));
    }
    String text = new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
    String swapped =
        text.replace("\"one\"", "\"???\"").replace("\"two\"", "\"one\"").replace("???", "two");
    Files.write(path, swapped.getBytes(StandardCharsets.ISO_8859_1));
    assertRefused("bytes as they were written");
  }

  @Test
  void anotherKeyIsStale() {
    writeOne();
    PackedKey other =
        new PackedKey(Map.of("the size of model.gguf", "124", "the quantisation", "int4"));
    assertThatThrownBy(() -> PackedFile.open(path, other))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("from before a change of the size of model.gguf;");
  }

  @Test
  void aChangedSourceHasAnotherKey() throws IOException {
    byte[] bytes = new byte[1 << 20];
    Path source = Files.write(folder.resolve("model.gguf"), bytes);
    FileTime written = Files.getLastModifiedTime(source);
    PackedKey before = PackedKey.of(List.of(source), "int4");
    assertThat(PackedKey.of(List.of(source), "int4")).isEqualTo(before);
    assertThat(PackedKey.of(List.of(source), "int8")).isNotEqualTo(before);

    bytes[300] = 1;
    Files.write(source, bytes);
    Files.setLastModifiedTime(source, written);
    assertThat(PackedKey.of(List.of(source), "int4").changeSince(before.text()))
        .contains("the content of model.gguf");

    Files.write(source, new byte[1 << 20]);
    Files.setLastModifiedTime(source, FileTime.fromMillis(written.toMillis() + 1));
    assertThat(PackedKey.of(List.of(source), "int4").changeSince(before.text()))
        .contains("the time of writing of model.gguf");

    Files.write(source, new byte[(1 << 20) + 1]);
    Files.setLastModifiedTime(source, written);
    assertThat(PackedKey.of(List.of(source), "int4").changeSince(before.text()))
        .hasValueSatisfying(change -> assertThat(change).contains("the size of model.gguf"));
  }

  @Test
  void rightsAndLinksLeaveTheKeyAsItIs() throws IOException {
    Path source = Files.write(folder.resolve("model.gguf"), new byte[1 << 10]);
    PackedKey before = PackedKey.of(List.of(source), "int4");
    Files.createLink(folder.resolve("another name.gguf"), source);
    assertThat(source.toFile().setReadOnly()).isTrue();
    assertThat(PackedKey.of(List.of(source), "int4")).isEqualTo(before);
  }

  @Test
  void aSourceThatIsGoneIsAnError() {
    assertThatThrownBy(() -> PackedKey.of(List.of(folder.resolve("none.gguf")), "int4"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("NoSuchFileException");
  }
}
