package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import deepseek.kernel.runtime.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products of packed weights on every instruction set that has code, against plain sums. */
class CompiledProductTest {
  private static final List<WeightFormat> FORMATS =
      Arrays.stream(WeightFormat.values()).filter(WeightFormat::isPacked).toList();
  // The last two have more columns and rows than the kernels process at once.
  private static final int[][] SHAPES = {
    {1, 1, 1},
    {16, 64, 1},
    {17, 33, 2},
    {48, 160, 5},
    {49, 352, 4},
    {80, 130, 6},
    {31, 96, 7},
    {18, 576, 8},
    {35, 96, 16},
    {20, 200, 70},
    {15, 63, 17},
    {97, 65, 1},
    {33, 2113, 3},
    {5, 2049, 129}
  };

  @ParameterizedTest
  @EnumSource
  void multipliesWhatItUnpacksTo(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    for (int[] shape : SHAPES) {
      for (WeightFormat format : FORMATS) {
        for (WeightOperand.Activations activations : WeightOperand.Activations.values()) {
          compare(kernels, format, activations, shape[0], shape[1], shape[2]);
        }
      }
    }
  }

  /**
   * The result must not depend on whether the zero point is subtracted before or after the product.
   */
  @Test
  void instructionSetsAgree() {
    for (WeightFormat format : FORMATS) {
      List<float[]> all = new ArrayList<>();
      for (InstructionSet set : InstructionSet.values()) {
        // Without FMA some numbers are rounded differently.
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
      WeightOperand weight = KnownWeight.random(arena, random, kernels, format, out, in).weight();
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * out);
      try (CompiledProduct product = new CompiledProduct(kernels, weight, 1)) {
        product.run(weight.address(), Floats.random(arena, random, (long) rows * in), y, rows);
      }
      return y.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  private static void compare(
      CpuKernels kernels,
      WeightFormat format,
      WeightOperand.Activations activations,
      int out,
      int in,
      int rows) {
    // Numbers below 1 in steps of 1/32512 or 1/127, multiplied by weights below 1.
    double error = activations == WeightOperand.Activations.BITS_16 || rows == 1 ? 1e-4 : 5e-3;
    Random random = new Random(31L * out + in);
    try (Arena arena = Arena.ofConfined()) {
      KnownWeight known = KnownWeight.random(arena, random, kernels, format, out, in);
      WeightOperand weight =
          new WeightOperand(format, known.weight().address(), in, out, activations);
      MemorySegment x = Floats.random(arena, random, (long) rows * in);
      double[] numbers = Sequences.doubles(x.toArray(ValueLayout.JAVA_FLOAT));
      long apart = PackedKernels.wholeBlocks(out);
      MemorySegment y = NativeMemory.zeros(rows * apart * Float.BYTES, arena);
      try (CompiledProduct product = new CompiledProduct(kernels, weight, 2)) {
        product.run(weight.address(), x, y, rows);
      }
      for (int n = 0; n < out; n++) {
        for (int m = 0; m < rows; m++) {
          assertThat((double) Floats.at(y, m * apart + n))
              .as(
                  "%s %s [%d, %d], row %d of %d, output %d",
                  format, activations, out, in, m, rows, n)
              .isCloseTo(known.dot(n, numbers, m * in), Offset.offset(error * Math.sqrt(in)));
        }
      }
    }
  }
}
