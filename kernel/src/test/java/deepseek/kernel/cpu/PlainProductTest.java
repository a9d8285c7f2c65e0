package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights that aren't packed times rows, on every instruction set there is code for. */
class PlainProductTest {
  private static final List<WeightFormat> FORMATS =
      List.of(WeightFormat.BF16, WeightFormat.F16, WeightFormat.F32);
  // Rows shorter than what is fetched ahead and longer, in whole lines of memory and not.
  private static final int[][] SHAPES = {
    {1, 1, 1}, {17, 33, 2}, {48, 160, 5}, {35, 96, 8}, {3, 5000, 1}, {40, 576, 1}, {70, 100, 21}
  };

  @ParameterizedTest
  @EnumSource
  void multiplies(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    for (int[] shape : SHAPES) {
      for (WeightFormat format : FORMATS) {
        compare(kernels, format, shape[0], shape[1], shape[2]);
      }
    }
  }

  private static void compare(CpuKernels kernels, WeightFormat format, int out, int in, int rows) {
    Random random = new Random(31L * out + in);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment weight = arena.allocate(format.bytes(out, in), 64);
      double[] values = new double[out * in];
      for (int i = 0; i < values.length; i++) {
        values[i] = put(weight, format, i, random.nextFloat() * 2 - 1);
      }
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * in);
      for (long i = 0; i < (long) rows * in; i++) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
      }
      long apart = PackedKernels.wholeBlocks(out);
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, rows * apart);
      Weight form = new Weight(format, weight.address(), in, out);
      try (CompiledProduct product = new CompiledProduct(kernels, form, 2)) {
        product.run(weight.address(), x, y, rows);
      }
      for (int n = 0; n < out; n++) {
        for (int m = 0; m < rows; m++) {
          double sum = 0;
          for (int k = 0; k < in; k++) {
            sum += values[n * in + k] * x.getAtIndex(ValueLayout.JAVA_FLOAT, (long) m * in + k);
          }
          assertThat((double) y.getAtIndex(ValueLayout.JAVA_FLOAT, m * apart + n))
              .as("%s [%d, %d], row %d of %d, output %d", format, out, in, m, rows, n)
              .isCloseTo(sum, Offset.offset(1e-6 * in));
        }
      }
    }
  }

  /** Rounds a value into its place; what it is then. */
  private static double put(MemorySegment to, WeightFormat format, long place, float value) {
    if (format == WeightFormat.F32) {
      to.setAtIndex(ValueLayout.JAVA_FLOAT, place, value);
      return value;
    }
    int bits = Float.floatToRawIntBits(value) >>> Short.SIZE;
    short half = format == WeightFormat.F16 ? Float.floatToFloat16(value) : (short) bits;
    to.setAtIndex(ValueLayout.JAVA_SHORT, place, half);
    return format == WeightFormat.F16
        ? Float.float16ToFloat(half)
        : Float.intBitsToFloat(bits << Short.SIZE);
  }
}
