package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.kernel.KernelException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Top-k of rows, on every instruction set that has code, against sorting. */
class LargestOfRowsTest {
  private static final int[] WIDTHS = {1, 3, 17, 64, 65, 1000, 4096, 4097, 12_345, 270_001};
  private static final int[] COUNTS = {1, 2, 20, 64, 65};
  private static final int ROWS = 3;

  private interface Numbers {
    float next(Random random, int at);
  }

  private static final List<Numbers> KINDS =
      List.of(
          (random, at) -> (float) random.nextGaussian(),
          // Ties, zeros of both signs and infinities.
          (random, at) -> (random.nextInt(7) - 3) * (random.nextBoolean() ? 1f : -1f),
          (random, at) -> random.nextInt(9) == 0 ? at * 0.5f : Float.NEGATIVE_INFINITY,
          (random, at) -> random.nextInt(9) == 0 ? Float.POSITIVE_INFINITY : at,
          (random, at) -> at,
          (random, at) -> -at,
          (random, at) -> random.nextInt(800) == 0 ? Float.NaN : at);

  @ParameterizedTest
  @EnumSource
  void findsWhatSortingFinds(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    for (int width : WIDTHS) {
      StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(ROWS, ROWS, 3));
      Rows x = planner.rows(width);
      LargestOfRows largest = LargestOfRows.of(planner, x);
      try (StepProgram program = planner.build()) {
        // The widest only tests the number of parts: sorting it takes long.
        for (Numbers kind : width > 100_000 ? KINDS.subList(0, 1) : KINDS) {
          float[][] rows = fill(x, kind);
          int[][] ranked = new int[ROWS][];
          for (int row = 0; row < ROWS; row++) {
            ranked[row] = ranked(rows[row]);
          }
          for (int count : COUNTS) {
            largest.want(count);
            program.run(ROWS, 0);
            compare(largest, rows, ranked, Math.min(count, width));
          }
        }
      }
    }
  }

  private static float[][] fill(Rows x, Numbers kind) {
    Random random = new Random(x.width());
    float[][] rows = new float[ROWS][(int) x.width()];
    for (int row = 0; row < ROWS; row++) {
      for (int i = 0; i < rows[row].length; i++) {
        rows[row][i] = kind.next(random, i);
      }
      MemorySegment.ofAddress(x.address() + row * x.stride() * Float.BYTES)
          .reinterpret(x.width() * Float.BYTES)
          .copyFrom(MemorySegment.ofArray(rows[row]));
    }
    return rows;
  }

  private static int[] ranked(float[] row) {
    return IntStream.range(0, row.length)
        .boxed()
        // + 0 turns -0 into 0; Float.compare sorts NaN above infinity.
        .sorted(
            Comparator.comparing((Integer i) -> row[i] + 0f, Comparator.reverseOrder())
                .thenComparing(Comparator.naturalOrder()))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static void compare(LargestOfRows got, float[][] rows, int[][] ranked, int count) {
    assertThat(got.count()).isEqualTo(count);
    for (int row = 0; row < ROWS; row++) {
      for (int rank = 0; rank < count; rank++) {
        int id = ranked[row][rank];
        assertThat(got.id(row, rank))
            .as("row %d of %d, rank %d of %d", row, rows[row].length, rank, count)
            .isEqualTo(id);
        assertThat(got.value(row, rank)).isEqualTo(Float.valueOf(rows[row][id] + 0f));
      }
    }
  }

  @Test
  void nothingIsFoundUnlessAskedFor() {
    CpuKernels kernels = InstructionSet.PLAIN.kernels();
    StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(1, 1, 1));
    Rows x = planner.rows(8);
    LargestOfRows largest = LargestOfRows.of(planner, x);
    try (StepProgram program = planner.build()) {
      MemorySegment.ofAddress(x.address())
          .reinterpret(Float.BYTES)
          .set(ValueLayout.JAVA_FLOAT, 0, 5);
      program.run(1, 0);
      assertThat(largest.count()).isZero();
      largest.want(1);
      program.run(1, 0);
      assertThat(largest.value(0, 0)).isEqualTo(5);
      assertThatThrownBy(() -> largest.want(LargestOfRows.MOST + 1))
          .isInstanceOf(KernelException.class)
          .hasMessage("find the largest: expected 0 to 65 of a row, got 66; take the whole row");
    }
  }
}
