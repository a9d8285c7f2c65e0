package deepseek.store.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import deepseek.store.TestFiles;
import deepseek.store.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every invalid file is reported in one line that says what is wrong. */
class SafetensorsHostileTest {
  @TempDir Path folder;

  static byte[] file(String json, int... data) {
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length).put(header);
    for (int value : data) {
      bytes.put((byte) value);
    }
    return bytes.array();
  }

  private void assertRefused(byte[] content, String reason) {
    Path file = TestFiles.write(folder.resolve("bad.safetensors"), content);
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("open bad.safetensors: expected ")
        .hasMessageContaining(reason)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  /** One tensor, single quotes for double ones, and two bytes of data. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]}} | Duplicate
          {'a':{'dtype':'U9','shape':[2],'data_offsets':[0,2]}} | 'U9'
          {'a':{'dtype':7,'shape':[2],'data_offsets':[0,2]}} | a dtype for tensor 'a', got 7
          {'a':{'shape':[2],'data_offsets':[0,2]}} | got missing
          {'a':{'dtype':'U8','data_offsets':[0,2]}} | an array as shape
          {'a':{'dtype':'U8','shape':2,'data_offsets':[0,2]}} | an array as shape
          {'a':{'dtype':'U8','shape':[2.0],'data_offsets':[0,2]}} | got 2.0
          {'a':{'dtype':'U8','shape':['2'],'data_offsets':[0,2]}} | got string
          {'a':{'dtype':'U8','shape':[-2],'data_offsets':[0,2]}} | got -2
          {'a':{'dtype':'U8','shape':[9223372036854775808],'data_offsets':[0,2]}} | got 9223372036854775808
          {'a':{'dtype':'U8','shape':[9223372036854775807,2],'data_offsets':[0,2]}} | a shape that fits memory
          {'a':{'dtype':'F64','shape':[1152921504606846976],'data_offsets':[0,2]}} | a shape that fits memory
          {'a':{'dtype':'U8','shape':[2]}} | an array as data_offsets
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[0]}} | data_offsets [begin, end]
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[2,0]}} | data_offsets [begin, end]
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[0,3]}} | within the 2 bytes
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[0,9223372036854775807]}} | within the 2 bytes
          {'a':{'dtype':'U8','shape':[1],'data_offsets':[0,2]}} | 1 bytes for tensor 'a'
          {'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]}} | 1 bytes that belong to none
          {'a':{'dtype':'U8','shape':[1],'data_offsets':[1,2]}} | a hole, offset 1
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},'b':{'dtype':'U8','shape':[1],'data_offsets':[1,2]}} | an overlap, offset 1
          {'a':{'dtype':'F4','shape':[3],'data_offsets':[0,2]}} | whole bytes
          {'a':[]} | got missing
          {'a':null} | got missing
          {'__metadata__':[]} | an object as __metadata__
          {'__metadata__':{'a':1}} | text as __metadata__ 'a'
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]} | JSON
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]}} x | JSON
          {} | 2 bytes that belong to none
          [] | starts with '{'
          """)
  void refusesBadHeaders(String json, String reason) {
    assertRefused(file(json.replace('\'', '"'), 1, 2), reason);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 100_000_001, Long.MAX_VALUE, Long.MIN_VALUE, -1})
  void refusesBadLengths(long length) {
    byte[] bytes = file("{}");
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    assertRefused(bytes, "a header of 2 to 100000000 bytes, got " + Long.toUnsignedString(length));
  }

  @Test
  void refusesFilesCutShort() {
    assertRefused(new byte[0], "at least 8 bytes");
    assertRefused(new byte[7], "at least 8 bytes");
    byte[] bytes = file("{}");
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(3);
    assertRefused(bytes, "a header of 3 bytes, got 2 bytes after it");
  }

  @Test
  void refusesDeepNesting() {
    assertRefused(file("{\"a\":" + "[".repeat(100_000)), "depth");
  }

  @Test
  void keepsNamesFromTheFileOnOneLine() {
    assertRefused(file("{\"a\\n\\u001bb\":{}}"), "tensor 'a??b'");
    assertRefused(file("{\"" + "x".repeat(1000) + "\":{}}"), "x...");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"weight_map\":[]}",
        "{\"weight_map\":{}}",
        "{\"weight_map\":{\"a\":1}}",
        "{\"weight_map\":{\"a\":\"../a.safetensors\"}}",
        "{\"weight_map\":{\"a\":\"/etc/passwd\"}}",
        "{\"weight_map\":{\"a\":\"\"}}",
        "{\"weight_map\":{\"a\":\"b\",\"a\":\"c\"}}",
        "[]",
        "",
        "{\"weight_map\":{\"a\":\"b.safetensors\"}}"
      })
  void refusesBadIndexes(String json) {
    Path file =
        TestFiles.write(
            folder.resolve("model.safetensors.index.json"), json.getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> SafetensorsCheckpoint.open(file))
        .isInstanceOf(DataException.class)
        .hasMessageMatching("open .*index.json: expected .*, got .*; .*");
  }

  @Test
  void aTensorThatOnlyTheIndexNamesIsMissingOnceItIsAskedFor() {
    Path file =
        TestFiles.write(
            folder.resolve("model.safetensors.index.json"),
            "{\"weight_map\":{\"a\":\"b.safetensors\",\"c\":\"b.safetensors\"}}"
                .getBytes(StandardCharsets.UTF_8));
    TestFiles.write(
        folder.resolve("b.safetensors"),
        file("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 1, 2));
    try (Weights weights = SafetensorsCheckpoint.open(file)) {
      assertThat(weights.names()).containsExactly("a");
      assertThatThrownBy(() -> weights.load("c"))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("tensor 'c'");
    }
  }

  @Test
  void metadataThatIsNullIsNone() {
    String json =
        "{\"__metadata__\":null,\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}";
    Path file = TestFiles.write(folder.resolve("a.safetensors"), file(json, 1, 2));
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.metadata()).isEmpty();
      assertThat(read.names()).containsExactly("a");
    }
  }
}
