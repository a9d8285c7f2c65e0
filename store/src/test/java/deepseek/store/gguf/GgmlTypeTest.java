package deepseek.store.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.GgmlType;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.store.TestFiles;
import deepseek.store.WeightInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * All types against all-types.gguf, which tools/golden/gguf_types.py wrote with the gguf package.
 */
@ExtendWith(LeakCheck.class)
class GgmlTypeTest {
  private static final float[] EXPECTED =
      TestFiles.floats(TestFiles.resource(GgmlTypeTest.class, "all-types.f32"));
  private static final int SIZE = 3 * 512;

  private static final List<GgmlType> BLOCKS =
      Arrays.stream(GgmlType.values()).filter(type -> BlockDecoder.of(type).isPresent()).toList();

  private static GgufFile open() {
    return GgufFile.open(TestFiles.resource(GgmlTypeTest.class, "all-types.gguf"));
  }

  private static int[] expectedBits(GgufFile file, String name) {
    int start = new ArrayList<>(file.names()).indexOf(name) * SIZE;
    int[] bits = new int[SIZE];
    for (int i = 0; i < SIZE; i++) {
      bits[i] = Float.floatToRawIntBits(EXPECTED[start + i]);
    }
    return bits;
  }

  @ParameterizedTest
  @EnumSource(GgmlType.class)
  void decodesToTheSameBitsAsTheReference(GgmlType type) {
    try (GgufFile file = open();
        Scope scope = Scope.open()) {
      WeightInfo info = file.info(type.name());
      assertThat(info.storedType()).isEqualTo(type.name());
      assertThat(info.shape()).isEqualTo(List.of(3L, 512L));

      float[] values = file.load(type.name(), DType.FLOAT32, Device.CPU).toFloats();

      int[] bits = new int[values.length];
      for (int i = 0; i < bits.length; i++) {
        bits[i] = Float.floatToRawIntBits(values[i]);
      }
      assertThat(bits).isEqualTo(expectedBits(file, type.name()));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"BFLOAT16", "FLOAT16", "FLOAT64"})
  void narrowsAsLibtorchDoes(DType dtype) {
    try (GgufFile file = open();
        Scope scope = Scope.open()) {
      for (GgmlType type : BLOCKS) {
        Tensor direct = file.load(type.name(), dtype, Device.CPU);
        Tensor converted = file.load(type.name(), DType.FLOAT32, Device.CPU).to(dtype);
        assertThat(direct.dtype()).isEqualTo(dtype);
        assertThat(direct.toBytes()).as(type.name()).isEqualTo(converted.toBytes());
      }
    }
  }

  @Test
  void knowsTheNumbersOfFiles() {
    assertThat(GgmlType.ofId(12)).contains(GgmlType.Q4_K);
    assertThat(GgmlType.ofId(4)).isEmpty();
    assertThat(GgmlType.ofId(-1)).isEmpty();
  }

  @Test
  void readsEveryKindOfMetadata() {
    try (GgufFile file = open()) {
      GgufMetadata metadata = file.metadata();
      assertThat(metadata.text("test.text")).contains("grüße");
      assertThat(metadata.whole("test.u8")).hasValue(255);
      assertThat(metadata.whole("test.u16")).hasValue(65535);
      assertThat(metadata.whole("test.u32")).hasValue(4294967295L);
      assertThat(metadata.describe("test.u64")).isEqualTo("18446744073709551615");
      assertThat(metadata.whole("test.i8")).hasValue(-128);
      assertThat(metadata.whole("test.i16")).hasValue(-32768);
      assertThat(metadata.whole("test.i32")).hasValue(Integer.MIN_VALUE);
      assertThat(metadata.whole("test.i64")).hasValue(Long.MIN_VALUE);
      assertThat(metadata.real("test.f32")).hasValue(0.1f);
      assertThat(metadata.real("test.f64")).hasValue(0.1);
      assertThat(metadata.flag("test.bool")).contains(true);
      assertThat(metadata.texts("test.texts")).containsExactly("a", "", "c");
      assertThat(metadata.wholes("test.wholes")).containsExactly(1, -2, 3);
      assertThat(metadata.reals("test.reals")).containsExactly(0.5f, -1.25f);
      assertThat(metadata.describe("test.nested")).isEqualTo("array of 2 arrays");
      assertThat(metadata.bytes("test.bytes")).containsExactly(0, -1, 127);
    }
  }
}
