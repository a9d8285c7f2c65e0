package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.GgmlType;
import deepseek.kernel.runtime.CompiledCode;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.Presence;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Kernels in Java: packing gives the same bytes as in C, and products match plain sums. */
class VectorKernelsTest {
  private static final PackedKernels JAVA = new VectorKernels();
  private static final int[][] SHAPES = {
    {1, 1, 1}, {16, 64, 1}, {17, 33, 2}, {48, 160, 5}, {35, 96, 16}, {20, 200, 70}
  };

  @Test
  void theVectorApiIsThere() {
    assertThat(VectorKernels.isAvailable()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL"})
  void packsEachStoredTypeAsCDoes(GgmlType type) {
    WeightFormat format = CpuKernels.formatOf(type).orElseThrow();
    Random random = new Random(type.id());
    int in = 768;
    long rowBytes = (long) in / type.blockSize() * type.blockBytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stored = arena.allocate(19 * rowBytes);
      for (long i = 0; i < stored.byteSize(); i++) {
        // Keeps scales finite, wherever they are in the block.
        stored.set(ValueLayout.JAVA_BYTE, i, (byte) (random.nextInt(256) & 0xbb));
      }
      MemorySegment order =
          arena.allocateFrom(ValueLayout.JAVA_LONG, random.longs(19, 0, 19).toArray());
      for (long rows : new long[] {0, order.address()}) {
        compareWithC(
            arena,
            new CpuKernels.UnpackedWeight(type, stored.address(), rowBytes, in, 19, rows),
            format);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "F32, INT4",
    "F32, INT4_OFFSET",
    "F32, INT8",
    "F16, INT4",
    "F16, INT4_OFFSET",
    "F16, INT8",
    "BF16, INT4",
    "BF16, INT4_OFFSET",
    "BF16, INT8"
  })
  void roundsPlainNumbersAsCDoes(GgmlType type, WeightFormat format) {
    Random random = new Random(type.id());
    int in = 330;
    try (Arena arena = Arena.ofConfined()) {
      int width = type.blockBytes();
      MemorySegment stored = arena.allocate(37L * in * width, 64);
      for (long i = 0; i < 37L * in; i++) {
        float x = i % 640 < 32 ? 0 : (float) random.nextGaussian();
        int bits = Float.floatToRawIntBits(x);
        switch (type) {
          case F32 -> stored.setAtIndex(ValueLayout.JAVA_INT, i, bits);
          case F16 -> stored.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(x));
          default -> stored.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (bits >> 16));
        }
      }
      compareWithC(
          arena,
          new CpuKernels.UnpackedWeight(type, stored.address(), (long) in * width, in, 37, 0),
          format);
    }
  }

  private static void compareWithC(
      Arena arena, CpuKernels.UnpackedWeight stored, WeightFormat format) {
    PackedKernels c =
        CpuKernels.compiled(
            new CompiledCode(KernelCache.ofUser(), Presence.compiler()), CpuFeatures.detect());
    MemorySegment expected = packed(arena, c, stored, format);
    MemorySegment got = packed(arena, JAVA, stored, format);
    assertThat(got.mismatch(expected)).as("the first other byte").isEqualTo(-1);
    WeightOperand weight = new WeightOperand(format, expected.address(), stored.in(), stored.out());
    MemorySegment one = arena.allocate(ValueLayout.JAVA_FLOAT, stored.in());
    MemorySegment other = arena.allocate(ValueLayout.JAVA_FLOAT, stored.in());
    for (long row = 0; row < stored.out(); row++) {
      c.unpack(weight, row, one.address());
      JAVA.unpack(weight, row, other.address());
      for (long k = 0; k < stored.in(); k++) {
        float value = one.getAtIndex(ValueLayout.JAVA_FLOAT, k);
        // One of them has one rounding less.
        assertThat(other.getAtIndex(ValueLayout.JAVA_FLOAT, k))
            .isCloseTo(value, Offset.offset(1e-6f * (1 + Math.abs(value))));
      }
    }
  }

  private static MemorySegment packed(
      Arena arena, PackedKernels kernels, CpuKernels.UnpackedWeight stored, WeightFormat format) {
    MemorySegment packed = arena.allocate(format.bytes(stored.out(), stored.in()), 64);
    packed.fill((byte) 1);
    kernels.pack(stored, format, packed.address(), 0, Math.ceilDiv(stored.out(), 16));
    return packed;
  }

  @ParameterizedTest
  @EnumSource(names = {"INT4", "INT4_OFFSET", "INT8", "INT8_OFFSET", "INT8_HALF"})
  void multipliesWhatItUnpacksTo(WeightFormat format) {
    for (int[] shape : SHAPES) {
      for (int threads = 1; threads <= 2; threads++) {
        compare(format, shape[0], shape[1], shape[2], threads);
      }
    }
  }

  private static void compare(WeightFormat format, int out, int in, int rows, int threads) {
    Random random = new Random(31L * out + in);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packed = arena.allocate(format.bytes(out, in), 64);
      fill(packed, format, random);
      WeightOperand weight = new WeightOperand(format, packed.address(), in, out);
      MemorySegment x = Floats.random(arena, random, (long) rows * in);
      long apart = PackedKernels.wholeBlocks(out);
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, rows * apart);
      try (PackedKernels.Product product = JAVA.product(weight, threads)) {
        product.run(packed.address(), x, y, rows);
      }
      MemorySegment row = arena.allocate(ValueLayout.JAVA_FLOAT, in);
      for (int n = 0; n < out; n++) {
        JAVA.unpack(weight, n, row.address());
        for (int m = 0; m < rows; m++) {
          double sum = 0;
          double size = 0;
          for (int k = 0; k < in; k++) {
            double term = (double) Floats.at(row, k) * Floats.at(x, (long) m * in + k);
            sum += term;
            size += Math.abs(term);
          }
          assertThat((double) Floats.at(y, m * apart + n))
              .as("%s [%d, %d] x %d rows, row %d output %d", format, out, in, rows, m, n)
              .isCloseTo(sum, Offset.offset(2e-6 * (1 + size)));
        }
      }
    }
  }

  /** Any values, with scales of any size and sign, the smallest included. */
  private static void fill(MemorySegment packed, WeightFormat format, Random random) {
    for (long at = 0; at < packed.byteSize(); at++) {
      packed.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(256));
    }
    for (long block = 0; block < packed.byteSize(); block += format.blockBytes()) {
      for (long at = format.valueBytes(); at < format.blockBytes(); at += 2) {
        float scale = (float) Math.scalb(random.nextGaussian(), random.nextInt(-26, -3));
        packed.set(ValueLayout.JAVA_SHORT_UNALIGNED, block + at, Float.floatToFloat16(scale));
      }
    }
  }
}
