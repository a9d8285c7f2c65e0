package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.kernel.runtime.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products of plain weights, on every instruction set that has code. */
class PlainProductTest {
  private static final List<WeightFormat> FORMATS =
      List.of(WeightFormat.BF16, WeightFormat.F16, WeightFormat.F32);
  // Rows shorter and longer than the prefetch distance, in whole cache lines and not.
  private static final int[][] SHAPES = {
    {1, 1, 1},
    {17, 33, 2},
    {48, 160, 5},
    {35, 96, 8},
    {3, 5000, 1},
    {40, 576, 1},
    {70, 100, 21},
    {35, 31, 9},
    {290, 530, 55},
    {17, 33, 400}
  };

  @ParameterizedTest
  @EnumSource
  void multiplies(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    for (int[] shape : SHAPES) {
      for (WeightFormat format : FORMATS) {
        compare(set, kernels, format, shape);
      }
    }
  }

  private static void compare(
      InstructionSet set, CpuKernels kernels, WeightFormat format, int... shape) {
    int out = shape[0];
    int in = shape[1];
    int rows = shape[2];
    Random random = new Random(31L * out + in);
    try (Arena arena = Arena.ofConfined()) {
      KnownWeight known = KnownWeight.random(arena, random, kernels, format, out, in);
      MemorySegment x = Floats.random(arena, random, (long) rows * in);
      double[] numbers = Sequences.doubles(x.toArray(ValueLayout.JAVA_FLOAT));
      if (set.rounds(format, rows)) {
        Arrays.setAll(numbers, i -> bfloat16((float) numbers[i]));
      }
      long apart = PackedKernels.wholeBlocks(out);
      MemorySegment y = NativeMemory.zeros(rows * apart * Float.BYTES, arena);
      try (CompiledProduct product = new CompiledProduct(kernels, known.weight(), 2)) {
        product.run(known.weight().address(), x, y, rows);
      }
      for (int n = 0; n < out; n++) {
        for (int m = 0; m < rows; m++) {
          assertThat((double) Floats.at(y, m * apart + n))
              .as("%s [%d, %d], row %d of %d, output %d", format, out, in, m, rows, n)
              .isCloseTo(known.dot(n, numbers, m * in), Offset.offset(1e-6 * in));
        }
      }
    }
  }

  /** The nearest one, of two that are as near the even one. */
  private static float bfloat16(float x) {
    int bits = Float.floatToRawIntBits(x);
    int rounded = bits + 0x7fff + (bits >>> Short.SIZE & 1);
    return Float.intBitsToFloat(rounded & 0xffff0000);
  }
}
