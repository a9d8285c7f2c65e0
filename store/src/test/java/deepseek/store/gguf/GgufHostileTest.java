package deepseek.store.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import deepseek.GgmlType;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.files.DataException;
import deepseek.store.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every invalid file is reported in one line that says what is wrong. */
@ExtendWith(LeakCheck.class)
class GgufHostileTest {
  private static final int F32 = GgmlType.F32.id();
  private static final int Q4_0 = GgmlType.Q4_0.id();
  private static final int Q4_K = GgmlType.Q4_K.id();
  private static final int I8 = GgmlType.I8.id();
  private static final int ARRAY = 9;
  private static final int STRING = 8;

  @TempDir Path folder;

  static Stream<Arguments> badHeaders() {
    return Stream.of(
        arguments("starts with 'GGUF'", new GgufBytes().u32(0x04034b50).u64(0).u64(0)),
        arguments("version 1", new GgufBytes().u32(GgufHeader.MAGIC).u32(1).u64(0).u64(0)),
        arguments("version 4294967295", new GgufBytes().u32(GgufHeader.MAGIC).u32(-1).u64(0)),
        arguments("a big-endian file", new GgufBytes().u32(GgufHeader.MAGIC).u32(3 << 24).u64(0)),
        arguments("4 more bytes at offset 0", new GgufBytes().raw('G', 'G', 'U')),
        arguments("8 more bytes at offset 16", GgufBytes.header(0, 0).cut(20)),
        arguments("tensors in this many", GgufBytes.header(Long.MAX_VALUE, 0)),
        arguments("got 18446744073709551615", GgufBytes.header(-1, 0)),
        arguments("metadata pairs in this many", GgufBytes.header(0, 1L << 40)),
        arguments("a metadata key of 1 to 65535", GgufBytes.header(0, 1).u64(0).raw(pad())),
        arguments("got 9223372036854775807", pair().u64(Long.MAX_VALUE).raw(pad())),
        arguments("100 more bytes", pair().u64(100).raw(pad())),
        arguments("metadata key in UTF-8", pair().u64(2).raw(0xC3, 0x28).raw(pad())),
        arguments("value type from 0 to 12", pair().text("a").u32(13).raw(pad())),
        arguments("0 or 1 as a truth value", pair().text("a").u32(7).u8(2).raw(pad())),
        arguments("less than 2 GiB", pair().text("a").u32(STRING).u64(1L << 62).raw(pad())),
        arguments(
            "items in array 'a', got 18446744073709551615",
            pair().text("a").u32(ARRAY).u32(4).u64(-1).raw(pad())),
        arguments(
            "items in array 'a', got 4611686018427387904",
            pair().text("a").u32(ARRAY).u32(STRING).u64(1L << 62).raw(pad())),
        arguments(
            "arrays nested at most 4 deep",
            nested(pair().text("a").u32(ARRAY), 5).u32(0).u64(0).raw(pad())),
        arguments(
            "'a' twice",
            GgufBytes.header(0, 2).text("a").u32(0).u8(1).text("a").u32(0).u8(1).raw(pad())),
        arguments("0 to 4 dims", one("w", F32, 0, 1, 1, 1, 1, 1).data(64)),
        arguments("sizes below 2^63", one("w", F32, 0, -1).data(64)),
        arguments("for 'w', got type 4", one("w", 4, 0, 32).data(64)),
        arguments("got type 9", one("w", 9, 0, 32).data(64)),
        arguments("whole blocks of 32", one("w", Q4_0, 0, 33).data(64)),
        arguments("fits memory", one("w", F32, 0, 1L << 62).data(64)),
        arguments("fits memory", one("w", Q4_K, 0, 256, 1L << 40, 1L << 40).data(64)),
        arguments("fits memory", one("w", I8, 0, 0, 1L << 40, 1L << 40).data(64)),
        arguments("a multiple of 32", one("w", F32, 4, 4).data(64)),
        arguments("a multiple of 32", one("w", F32, -32, 4).data(64)),
        arguments(
            "16 bytes at offset 9223372036854775776",
            one("w", F32, Long.MAX_VALUE - 31, 4).data(64)),
        arguments("within 0 bytes of data", one("w", F32, 0, 4)),
        arguments("within 15 bytes of data", one("w", F32, 0, 4).data(15)),
        arguments(
            "an overlap, offset 0",
            GgufBytes.header(2, 0).tensor("v", F32, 0, 4).tensor("w", F32, 0, 4).data(64)),
        arguments(
            "'w' twice",
            GgufBytes.header(2, 0).tensor("w", F32, 0, 4).tensor("w", F32, 32, 4).data(64)),
        arguments("general.alignment, got 3", alignment(3)),
        arguments("general.alignment, got 0", alignment(0)),
        arguments("general.alignment, got 2147483648", alignment(1 << 31)),
        arguments(
            "read general.alignment",
            pair().text(GgufHeader.ALIGNMENT).u32(STRING).text("x").raw(pad())));
  }

  private static int[] pad() {
    return new int[24];
  }

  private static GgufBytes pair() {
    return GgufBytes.header(0, 1);
  }

  private static GgufBytes one(String name, int type, long offset, long... sizes) {
    return GgufBytes.header(1, 0).tensor(name, type, offset, sizes);
  }

  private static GgufBytes nested(GgufBytes bytes, int depth) {
    for (int i = 0; i < depth; i++) {
      bytes.u32(ARRAY).u64(1);
    }
    return bytes;
  }

  private static GgufBytes alignment(int value) {
    return pair().text(GgufHeader.ALIGNMENT).u32(4).u32(value).raw(pad());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badHeaders")
  void refusesBadHeaders(String reason, GgufBytes content) {
    Path file = TestFiles.write(folder.resolve("bad.gguf"), content.toByteArray());
    assertThatThrownBy(() -> GgufFile.open(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(reason)
        .hasMessageMatching(".*bad.gguf: expected .*, got .*; .*");
  }

  @Test
  void refusesEveryTruncation() {
    byte[] whole = TestFiles.bytes(TestFiles.resource(GgufHostileTest.class, "all-types.gguf"));
    for (int length = 0; length < whole.length; length += length < 4000 ? 7 : 997) {
      Path file = TestFiles.write(folder.resolve("bad.gguf"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> GgufFile.open(file)).isInstanceOf(DataException.class);
    }
  }

  @Test
  void namesMissingShardsAndReadsWholeSets() throws IOException {
    Path first = shard(1, "a", 2);
    assertThatThrownBy(() -> GgufFile.open(first))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1 missing: [m-00002-of-00002.gguf]");
    Path second = shard(2, "b", 2);
    try (GgufFile file = GgufFile.open(second);
        Scope scope = Scope.open()) {
      assertThat(file.names()).containsExactly("a", "b");
      assertThat(file.load("b").toFloats()).containsExactly(0, 0, 0, 0);
    }
    shard(2, "a", 2);
    assertThatThrownBy(() -> GgufFile.open(first)).hasMessageContaining("'a' in two");
    shard(1, "a", 3);
    shard(2, "b", 3);
    assertThatThrownBy(() -> GgufFile.open(first)).hasMessageContaining("3 tensors in all shards");
    Path renamed = Files.move(first, folder.resolve("other.gguf"));
    assertThatThrownBy(() -> GgufFile.open(renamed)).hasMessageContaining("-00001-of-0000N.gguf");
  }

  private Path shard(int number, String tensor, int total) {
    byte[] content =
        GgufBytes.header(1, 2)
            .text("split.count")
            .u32(2)
            .raw(2, 0)
            .text("split.tensors.count")
            .u32(5)
            .u32(total)
            .tensor(tensor, F32, 0, 4)
            .data(16)
            .toByteArray();
    return TestFiles.write(folder.resolve("m-%05d-of-00002.gguf".formatted(number)), content);
  }

  @Test
  void saysWhichTypeAKeyHas() {
    try (GgufFile file =
        GgufFile.open(TestFiles.resource(GgufHostileTest.class, "all-types.gguf"))) {
      GgufMetadata metadata = file.metadata();
      assertThatThrownBy(() -> metadata.text("test.u8"))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "read test.u8 of all-types.gguf: expected text, got 255; "
                  + "convert the model to GGUF again with a current converter");
      assertThatThrownBy(() -> metadata.whole("test.u64")).hasMessageContaining("below 2^63");
      assertThatThrownBy(() -> metadata.real("test.text")).hasMessageContaining("a number");
      assertThatThrownBy(() -> metadata.flag("test.text")).hasMessageContaining("true or false");
      assertThatThrownBy(() -> metadata.texts("test.nested")).hasMessageContaining("2 arrays");
      assertThatThrownBy(() -> metadata.wholes("test.reals")).hasMessageContaining("2 floats");
      assertThatThrownBy(() -> metadata.reals("test.wholes")).hasMessageContaining("3 whole");
      assertThatThrownBy(() -> metadata.bytes("test.wholes")).hasMessageContaining("bytes");
      assertThatThrownBy(() -> metadata.requireText("none")).hasMessageContaining("no such key");
      assertThatThrownBy(() -> metadata.requireWhole("none")).hasMessageContaining("no such key");
      assertThat(metadata.has("none")).isFalse();
      assertThat(metadata.texts("none")).isEmpty();
      assertThat(metadata.wholes("none")).isEmpty();
    }
  }
}
