package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packed weights times rows on every instruction set there is code for, against plain sums. */
class CompiledProductTest {
  private static final List<WeightFormat> FORMATS =
      List.of(WeightFormat.INT4, WeightFormat.INT4_OFFSET, WeightFormat.INT8);
  private static final int[][] SHAPES = {
    {1, 1, 1}, {16, 64, 1}, {17, 33, 2}, {48, 160, 5}, {35, 96, 16}, {20, 200, 70}
  };

  @ParameterizedTest
  @EnumSource
  void multipliesWhatItUnpacksTo(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    for (int[] shape : SHAPES) {
      for (WeightFormat format : FORMATS) {
        for (Weight.Activations activations : Weight.Activations.values()) {
          compare(kernels, format, activations, shape[0], shape[1], shape[2]);
        }
      }
    }
  }

  /** Whether a weight's zero is taken off before the product or after it must not matter. */
  @Test
  void instructionSetsAgree() {
    for (WeightFormat format : FORMATS) {
      List<float[]> all = new ArrayList<>();
      for (InstructionSet set : InstructionSet.values()) {
        // Without fused multiplications a number here and there is rounded to its neighbour.
        if (set.features.contains("fma") && set.isHere()) {
          all.add(productOf(set.kernels(), format));
        }
      }
      for (float[] other : all) {
        assertThat(other).as(format.toString()).containsExactly(all.getFirst(), within(1e-5f));
      }
    }
  }

  private static float[] productOf(CpuKernels kernels, WeightFormat format) {
    int out = 48;
    int in = 320;
    int rows = 20;
    Random random = new Random(7);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packed = packed(arena, random, kernels, format, out, in);
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * out);
      Weight weight = new Weight(format, packed.address(), in, out);
      try (CompiledProduct product = new CompiledProduct(kernels, weight, 1)) {
        product.run(packed.address(), Floats.random(arena, random, (long) rows * in), y, rows);
      }
      return y.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  private static void compare(
      CpuKernels kernels,
      WeightFormat format,
      Weight.Activations activations,
      int out,
      int in,
      int rows) {
    // Numbers below 1 in steps of 1/32512 or 1/127, times weights below 1.
    double error = activations == Weight.Activations.BITS_16 || rows == 1 ? 1e-4 : 5e-3;
    Random random = new Random(31L * out + in);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packed = packed(arena, random, kernels, format, out, in);
      Weight weight = new Weight(format, packed.address(), in, out, activations);
      MemorySegment x = Floats.random(arena, random, (long) rows * in);
      long apart = PackedKernels.wholeBlocks(out);
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, rows * apart);
      try (CompiledProduct product = new CompiledProduct(kernels, weight, 2)) {
        product.run(packed.address(), x, y, rows);
      }
      MemorySegment row = arena.allocate(ValueLayout.JAVA_FLOAT, in);
      for (int n = 0; n < out; n++) {
        kernels.unpack(weight, n, row.address());
        for (int m = 0; m < rows; m++) {
          double sum = 0;
          for (int k = 0; k < in; k++) {
            sum += (double) Floats.at(row, k) * Floats.at(x, (long) m * in + k);
          }
          assertThat((double) Floats.at(y, m * apart + n))
              .as(
                  "%s %s [%d, %d], row %d of %d, output %d",
                  format, activations, out, in, m, rows, n)
              .isCloseTo(sum, Offset.offset(error * Math.sqrt(in)));
        }
      }
    }
  }

  /** A random weight [out, in]. */
  private static MemorySegment packed(
      Arena arena, Random random, CpuKernels kernels, WeightFormat format, int out, int in) {
    MemorySegment plain = Floats.random(arena, random, (long) out * in);
    MemorySegment packed = arena.allocate(format.bytes(out, in), 64);
    kernels.pack(
        new CpuKernels.Stored(0, plain.address(), in * 4L, in, out, 0),
        format,
        packed.address(),
        0,
        Math.ceilDiv(out, 16));
    return packed;
  }
}
