package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.GgmlType;
import deepseek.kernel.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sparse products, on every instruction set that has code, against plain sums. */
class SparseProductTest {
  private static final List<WeightFormat> ROW_FORMATS =
      List.of(
          WeightFormat.INT4,
          WeightFormat.INT4_OFFSET,
          WeightFormat.INT8,
          WeightFormat.BF16,
          WeightFormat.F16,
          WeightFormat.F32);

  /** Outputs, inputs, rows of x. */
  private static final int[][] SHAPES = {
    {1, 1, 1},
    {16, 64, 1},
    {17, 33, 2},
    {48, 160, 5},
    {35, 96, 16},
    {20, 200, 70},
    {100, 577, 1},
    {1100, 40, 1}
  };

  private static final double[] DENSITIES = {0, 0.3, 1};

  /** One case: sizes, formats, and the density. */
  private record Case(
      CpuKernels kernels, WeightFormat format, int out, int in, int rows, double density) {
    Random random() {
      return new Random(31L * out + in + Math.round(10 * density));
    }

    @Override
    public String toString() {
      return "%s [%d, %d] x %d rows, density %.1f".formatted(format, out, in, rows, density);
    }
  }

  private interface Check {
    void on(Case given, Arena arena);
  }

  private static void forAll(InstructionSet set, List<WeightFormat> formats, Check check) {
    CpuKernels kernels = set.kernels();
    for (int[] shape : SHAPES) {
      for (WeightFormat format : formats) {
        for (double density : DENSITIES) {
          try (Arena arena = Arena.ofConfined()) {
            check.on(new Case(kernels, format, shape[0], shape[1], shape[2], density), arena);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void keptBlocksAreMultiplied(InstructionSet set) {
    forAll(set, List.of(WeightFormat.values()), SparseProductTest::blocks);
  }

  private static void blocks(Case c, Arena arena) {
    Random random = c.random();
    BlockWeight weight = randomBlocks(c, arena, random);
    MemorySegment x = numbers(arena, random, c.rows, c.in, /* zeros= */ 0);
    MemorySegment y = filled(arena, c.rows * SparseProduct.wholeGroups(c.out));
    try (SparseProduct product = SparseProduct.ofBlocks(c.kernels, weight, 2)) {
      Unpack unpack = (n, to) -> weight.unpack(c.kernels, n, to);
      product.run(weight, MemorySegment.NULL, x, y, c.rows);
      compare(c, y, (m, n, row) -> dot(row, x, m, c.in), unpack);
      int units = Math.ceilDiv(c.out, 16);
      MemorySegment active = mask(arena, random, (long) c.rows * units, 0.6);
      product.run(weight, active, x, y, c.rows);
      compare(
          c,
          y,
          (m, n, row) -> isOff(active, m * units + n / 16) ? 0 : dot(row, x, m, c.in),
          unpack);
    }
  }

  /** Random blocks of a random weight. */
  private static BlockWeight randomBlocks(Case c, Arena arena, Random random) {
    long high = Math.ceilDiv(c.out, 16);
    long across = Math.ceilDiv(c.in, 64);
    List<long[]> kept = new ArrayList<>();
    MemorySegment offsets = arena.allocate(ValueLayout.JAVA_LONG, high + 1);
    for (long row = 0; row < high; row++) {
      for (long column = 0; column < across; column++) {
        if (random.nextDouble() < c.density) {
          kept.add(new long[] {row, column});
        }
      }
      offsets.setAtIndex(ValueLayout.JAVA_LONG, row + 1, kept.size());
    }
    MemorySegment columns = arena.allocate(ValueLayout.JAVA_LONG, kept.size());
    MemorySegment data =
        arena.allocate(Math.max(1, kept.size()) * BlockWeight.blockBytes(c.format), 64);
    BlockWeight weight =
        new BlockWeight(
            c.format, data.address(), offsets.address(), columns.address(), c.in, c.out);
    CpuKernels.UnpackedWeight plain = plain(c, arena, random);
    for (int at = 0; at < kept.size(); at++) {
      columns.setAtIndex(ValueLayout.JAVA_LONG, at, kept.get(at)[1]);
      weight.pack(c.kernels, plain, at, kept.get(at)[0], kept.get(at)[1]);
    }
    assertThat(weight.stored()).isEqualTo(kept.size());
    return weight;
  }

  @ParameterizedTest
  @EnumSource
  void wantedBlocksOfOutputsAreMultiplied(InstructionSet set) {
    forAll(set, List.of(WeightFormat.values()), SparseProductTest::outputBlocks);
  }

  private static void outputBlocks(Case c, Arena arena) {
    Random random = c.random();
    CpuKernels.UnpackedWeight plain = plain(c, arena, random);
    MemorySegment data = arena.allocate(Math.max(1, c.format.bytes(c.out, c.in)), 64);
    if (c.format.isPacked()) {
      c.kernels.pack(plain, c.format, data.address(), 0, Math.ceilDiv(c.out, 16));
    } else {
      data.copyFrom(MemorySegment.ofAddress(plain.address()).reinterpret(data.byteSize()));
    }
    WeightOperand weight = new WeightOperand(c.format, data.address(), c.in, c.out);
    int units = Math.ceilDiv(c.out, 16);
    // Whole blocks of zero inputs are skipped as well.
    MemorySegment x = numbers(arena, random, c.rows, c.in, /* zeros= */ 64);
    MemorySegment active = mask(arena, random, (long) c.rows * units, c.density);
    MemorySegment y = filled(arena, c.rows * SparseProduct.wholeGroups(c.out));
    try (SparseProduct product = SparseProduct.ofOutputBlocks(c.kernels, weight, 2)) {
      product.run(weight.address(), active, x, y, c.rows);
      compare(
          c,
          y,
          (m, n, row) -> isOff(active, m * units + n / 16) ? 0 : dot(row, x, m, c.in),
          (n, to) -> unpack(c, weight, n, to));
      product.run(weight.address(), MemorySegment.NULL, x, y, c.rows);
      compare(c, y, (m, n, row) -> dot(row, x, m, c.in), (n, to) -> unpack(c, weight, n, to));
    }
  }

  private static void unpack(Case c, WeightOperand weight, long row, long to) {
    if (c.format.isPacked()) {
      c.kernels.unpack(weight, row, to);
    } else {
      new RowWeight(c.format, weight.address(), c.in, c.out).unpack(c.kernels, row, to);
    }
  }

  @ParameterizedTest
  @EnumSource
  void wantedOutputsAreMultiplied(InstructionSet set) {
    forAll(set, ROW_FORMATS, SparseProductTest::outputs);
  }

  private static void outputs(Case c, Arena arena) {
    Random random = c.random();
    RowWeight weight = randomRows(c, arena, random);
    MemorySegment x = numbers(arena, random, c.rows, c.in, /* zeros= */ 0);
    MemorySegment active = mask(arena, random, (long) c.rows * c.out, c.density);
    MemorySegment y = filled(arena, c.rows * SparseProduct.wholeGroups(c.out));
    try (SparseProduct product = SparseProduct.ofOutputs(c.kernels, weight, 2)) {
      product.run(weight.address(), active, x, y, c.rows);
    }
    compare(
        c,
        y,
        (m, n, row) -> isOff(active, m * c.out + n) ? 0 : dot(row, x, m, c.in),
        (n, to) -> weight.unpack(c.kernels, n, to));
  }

  @ParameterizedTest
  @EnumSource
  void rowsOfInputsThatAreNotZeroAreAdded(InstructionSet set) {
    forAll(set, ROW_FORMATS, SparseProductTest::inputs);
  }

  private static void inputs(Case c, Arena arena) {
    Random random = c.random();
    RowWeight weight = randomRows(c, arena, random);
    MemorySegment x = numbers(arena, random, c.rows, c.out, /* zeros= */ 0);
    MemorySegment kept = mask(arena, random, (long) c.rows * c.out, c.density);
    for (long i = 0; i < (long) c.rows * c.out; i++) {
      if (isOff(kept, i)) {
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0);
      }
    }
    MemorySegment y = filled(arena, c.rows * SparseProduct.wholeGroups(c.in));
    try (SparseProduct product = SparseProduct.ofInputs(c.kernels, weight, 3)) {
      product.run(weight.address(), MemorySegment.NULL, x, y, c.rows);
    }
    double[] want = new double[c.rows * c.in];
    MemorySegment row = arena.allocate(ValueLayout.JAVA_FLOAT, c.in);
    for (int k = 0; k < c.out; k++) {
      weight.unpack(c.kernels, k, row.address());
      for (int i = 0; i < want.length; i++) {
        want[i] += (double) Floats.at(x, (long) (i / c.in) * c.out + k) * Floats.at(row, i % c.in);
      }
    }
    for (int i = 0; i < want.length; i++) {
      double got = Floats.at(y, i / c.in * SparseProduct.wholeGroups(c.in) + i % c.in);
      double off = Math.abs(got - want[i]);
      if (!(off <= 1e-5 * Math.sqrt(c.out))) {
        Assertions.fail("%s: %d is %s, off by %s", c, i, got, off);
      }
    }
  }

  private static RowWeight randomRows(Case c, Arena arena, Random random) {
    CpuKernels.UnpackedWeight plain = plain(c, arena, random);
    MemorySegment data = arena.allocate(RowWeight.bytes(c.format, c.out, c.in), 64);
    RowWeight weight = new RowWeight(c.format, data.address(), c.in, c.out);
    if (c.format.isPacked()) {
      weight.pack(c.kernels, plain, 0, c.out);
    } else {
      data.copyFrom(MemorySegment.ofAddress(plain.address()).reinterpret(data.byteSize()));
    }
    return weight;
  }

  @Test
  void whatIsNoNumberIsNotLeftOut() {
    CpuKernels kernels = InstructionSet.PLAIN.kernels();
    try (Arena arena = Arena.ofConfined()) {
      Case c = new Case(kernels, WeightFormat.INT8, 40, 130, 1, 1);
      RowWeight rows = randomRows(c, arena, c.random());
      BlockWeight blocks = randomBlocks(c, arena, c.random());
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, 130);
      x.setAtIndex(ValueLayout.JAVA_FLOAT, 7, Float.NaN);
      MemorySegment y = filled(arena, SparseProduct.wholeGroups(130));
      try (SparseProduct product = SparseProduct.ofBlocks(kernels, blocks, 1)) {
        product.run(blocks, MemorySegment.NULL, x, y, 1);
        assertThat(Floats.at(y, 39)).isNaN();
      }
      try (SparseProduct product = SparseProduct.ofInputs(kernels, rows, 1)) {
        product.run(rows.address(), MemorySegment.NULL, x, y, 1);
        assertThat(Floats.at(y, 129)).isNaN();
      }
    }
  }

  @Test
  void formatsWithoutRowsAreRefused() {
    assertThatThrownBy(() -> RowWeight.bytes(WeightFormat.INT8_HALF, 1, 1))
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll("int8-half", "int4-offset", "round it")
        .message()
        .hasLineCount(1);
  }

  private interface Want {
    double at(int row, int output, MemorySegment weights);
  }

  private interface Unpack {
    void row(long row, long to);
  }

  private static void compare(Case c, MemorySegment y, Want want, Unpack unpack) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment row = arena.allocate(ValueLayout.JAVA_FLOAT, c.in);
      for (int n = 0; n < c.out; n++) {
        unpack.row(n, row.address());
        for (int m = 0; m < c.rows; m++) {
          // As in CompiledProductTest.
          double got = Floats.at(y, m * SparseProduct.wholeGroups(c.out) + n);
          double off = Math.abs(got - want.at(m, n, row));
          if (!(off <= 1e-4 * Math.sqrt(c.in))) {
            Assertions.fail("%s: row %d output %d is %s, off by %s", c, m, n, got, off);
          }
        }
      }
    }
  }

  private static double dot(MemorySegment row, MemorySegment x, int m, int in) {
    double sum = 0;
    for (int k = 0; k < in; k++) {
      sum += (double) Floats.at(row, k) * Floats.at(x, (long) m * in + k);
    }
    return sum;
  }

  /** A plain weight of the format's own type, or FP32 to be rounded. */
  private static CpuKernels.UnpackedWeight plain(Case c, Arena arena, Random random) {
    long count = (long) c.out * c.in;
    MemorySegment all = arena.allocate(count * Float.BYTES, 64);
    for (long i = 0; i < count; i++) {
      float value = random.nextFloat() * 2 - 1;
      switch (c.format) {
        case BF16 ->
            all.setAtIndex(
                ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(value) >>> 16));
        case F16 -> all.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(value));
        case F32, INT4, INT4_OFFSET, INT8, INT8_OFFSET, INT8_HALF ->
            all.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
      }
    }
    GgmlType type =
        switch (c.format) {
          case BF16 -> GgmlType.BF16;
          case F16 -> GgmlType.F16;
          case F32, INT4, INT4_OFFSET, INT8, INT8_OFFSET, INT8_HALF -> GgmlType.F32;
        };
    return new CpuKernels.UnpackedWeight(
        type, all.address(), (long) c.in * type.blockBytes(), c.in, c.out, 0);
  }

  /** Random numbers; of every two runs of {@code zeros} columns, the first is zero. */
  private static MemorySegment numbers(
      Arena arena, Random random, int rows, int columns, int zeros) {
    MemorySegment all = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * columns);
    for (int i = 0; i < rows * columns; i++) {
      boolean zero = zeros > 0 && i % columns / zeros % 2 == 0 && columns > zeros;
      all.setAtIndex(ValueLayout.JAVA_FLOAT, i, zero ? 0 : random.nextFloat() * 2 - 1);
    }
    return all;
  }

  private static MemorySegment mask(Arena arena, Random random, long count, double density) {
    MemorySegment all = arena.allocate(count);
    for (long i = 0; i < count; i++) {
      all.set(ValueLayout.JAVA_BYTE, i, (byte) (random.nextDouble() < density ? 1 : 0));
    }
    return all;
  }

  private static boolean isOff(MemorySegment mask, long index) {
    return mask.get(ValueLayout.JAVA_BYTE, index) == 0;
  }

  /** The previous content must not affect the result. */
  private static MemorySegment filled(Arena arena, long count) {
    MemorySegment all = arena.allocate(ValueLayout.JAVA_FLOAT, count);
    for (long i = 0; i < count; i++) {
      all.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1e9f);
    }
    return all;
  }
}
