package deepseek.store.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.GgmlType;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.compute.QTensor;
import deepseek.compute.Scope;
import deepseek.store.TestFiles;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Packed weights have the values of the file's blocks. */
@ExtendWith(LeakCheck.class)
class GgufPackTest {
  static final List<GgmlType> PACKED =
      Arrays.stream(GgmlType.values()).filter(QTensor::packs).toList();

  private static GgufFile open() {
    return GgufFile.open(TestFiles.resource(GgmlTypeTest.class, "all-types.gguf"));
  }

  @Test
  void theTypesOfCommonFilesArePacked() {
    assertThat(PACKED)
        .containsExactlyInAnyOrder(
            GgmlType.Q4_0,
            GgmlType.Q4_1,
            GgmlType.Q5_0,
            GgmlType.Q5_1,
            GgmlType.Q8_0,
            GgmlType.Q4_K,
            GgmlType.Q5_K,
            GgmlType.Q6_K,
            GgmlType.IQ4_NL);
  }

  @ParameterizedTest
  @FieldSource("PACKED")
  void everyValueIsKept(GgmlType type) {
    assumeThat(QTensor.isSupported()).as("kernels (a C compiler, or the Vector API)").isTrue();
    try (GgufFile file = open();
        Scope scope = Scope.open()) {
      float[] want = file.load(type.name(), DType.FLOAT32, Device.CPU).toFloats();
      QTensor packed = QTensor.pack(file.stored(type.name()).orElseThrow());
      float[] got = packed.dequantise().toFloats();
      float[] reversed =
          QTensor.pack(file.stored(type.name()).orElseThrow().inOrder(new long[] {2, 1, 0}))
              .dequantise()
              .toFloats();
      int columns = (int) packed.in();
      for (int i = 0; i < want.length; i++) {
        float most = largestOfBlock(want, i);
        // K-quants' scales are products of two numbers, stored here as one float16 with 11 bits.
        assertThat(got[i]).as("value %d", i).isCloseTo(want[i], Offset.offset(most * 0x1p-10f));
        int row = i / columns;
        assertThat(reversed[(2 - row) * columns + i % columns]).isEqualTo(got[i]);
      }
    }
  }

  private static float largestOfBlock(float[] values, int at) {
    float most = 0;
    for (int i = at / 256 * 256; i < at / 256 * 256 + 256; i++) {
      most = Math.max(most, Math.abs(values[i]));
    }
    return most;
  }

  @Test
  void simpleTypesKeepEveryBit() {
    assumeThat(QTensor.isSupported()).as("kernels (a C compiler, or the Vector API)").isTrue();
    try (GgufFile file = open();
        Scope scope = Scope.open()) {
      for (GgmlType type : List.of(GgmlType.Q4_0, GgmlType.Q5_0, GgmlType.Q8_0, GgmlType.IQ4_NL)) {
        float[] want = file.load(type.name(), DType.FLOAT32, Device.CPU).toFloats();
        float[] got = QTensor.pack(file.stored(type.name()).orElseThrow()).dequantise().toFloats();
        assertThat(got).as(type.name()).containsExactly(want);
      }
    }
  }
}
