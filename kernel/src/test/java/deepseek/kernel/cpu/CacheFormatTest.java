package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Attention over an 8-bit KV cache against a reference in double, on every instruction set that has
 * code.
 */
class CacheFormatTest {
  // The last one's keys are split between threads.
  private static final int TOKENS = 300;
  private static final int COMPARED = 10;
  private static final int KEY_HEADS = 2;
  private static final int HEADS = 4;
  private static final int GROUP = 32;
  // As in keys of real models, in standard deviations of the other channels.
  private static final double OUTLIER = 20;
  // A prompt in two calls, and a token.
  private static final int[] CALLS = {200, 99, 1};
  private static final int[] WIDTHS = {18, 32, 64, 72, 80, 128, 300};

  @ParameterizedTest
  @CsvSource({"64, 0.5625", "128, 0.5625", "256, 0.5625", "80, 0.56875"})
  void keysAndValuesTakeLittleMoreThanHalf(int width, double share) {
    int bytes = CacheFormat.INT8.keyBytes(width) + CacheFormat.INT8.valueBytes(width);
    int plain = CacheFormat.BF16.keyBytes(width) + CacheFormat.BF16.valueBytes(width);
    assertThat((double) bytes / plain).isEqualTo(share);
  }

  /**
   * Rounding adds noise with a variance of a twelfth of a step's square. A step is 1/255 of the
   * largest magnitude in a group of a spread key, and 1/127 of a value's: keys in 8 bits would
   * double the total error, and groups that aren't spread would multiply it.
   */
  @ParameterizedTest
  @EnumSource
  void roundingCostsWhatItsStepsSay(InstructionSet set) {
    CpuKernels kernels = set.kernels();
    for (int width : WIDTHS) {
      Case c = new Case(width);
      c.run(kernels);
      assertThat(c.error / c.expected).as("heads of %d", width).isBetween(0.75, 1.25);
    }
  }

  /** Heads of one width, and the error of attention over them. */
  private static final class Case {
    private final int width;
    private final double scale;
    private final float[][] q = new float[TOKENS][];
    private final float[][] k = new float[TOKENS][];
    private final float[][] v = new float[TOKENS][];
    private final double[][] keyNoise = new double[TOKENS][];
    private final double[][] valueNoise = new double[TOKENS][];
    private double error;
    private double expected;

    Case(int width) {
      Random random = new Random(width);
      this.width = width;
      this.scale = 1 / Math.sqrt(width);
      for (int row = 0; row < TOKENS; row++) {
        q[row] = row(random, HEADS, 2, 0);
        k[row] = row(random, KEY_HEADS, 1, OUTLIER);
        v[row] = row(random, KEY_HEADS, 1, OUTLIER);
        keyNoise[row] = noise(k[row], 255);
        valueNoise[row] = noise(v[row], 127);
      }
    }

    private float[] row(Random random, int heads, double deviation, double outlier) {
      float[] x = new float[heads * width];
      for (int i = 0; i < x.length; i++) {
        boolean sticksOut = i % width == 5 || i % width == width - 1;
        x[i] = (float) (deviation * random.nextGaussian() + (sticksOut ? outlier : 0));
      }
      return x;
    }

    void run(CpuKernels kernels) {
      StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(TOKENS, 1, 2));
      MemorySegment cosines = planner.table(width / 2);
      MemorySegment sines = planner.table(width / 2);
      for (long i = 0; i < cosines.byteSize(); i += Float.BYTES) {
        cosines.set(ValueLayout.JAVA_FLOAT, i, 1);
      }
      Rows queries = planner.rows((long) HEADS * width);
      Rows keys = planner.rows((long) KEY_HEADS * width);
      Rows values = planner.rows((long) KEY_HEADS * width);
      GroupedHeads heads = new GroupedHeads(HEADS, KEY_HEADS, width, false, scale, 0);
      Rows y =
          new AttentionPlanner(planner)
              .grouped(
                  heads,
                  AttentionPlanner.HeadNorms.NONE,
                  CacheFormat.INT8,
                  queries,
                  keys,
                  values,
                  cosines.address(),
                  sines.address());
      try (Arena arena = Arena.ofConfined();
          StepProgram program = planner.build()) {
        long[] tables = new SequencePages(program, arena, TOKENS).tables();
        int at = 0;
        for (int count : CALLS) {
          for (int row = 0; row < count; row++) {
            memory(queries, row).copyFrom(MemorySegment.ofArray(q[at + row]));
            memory(keys, row).copyFrom(MemorySegment.ofArray(k[at + row]));
            memory(values, row).copyFrom(MemorySegment.ofArray(v[at + row]));
            program.token(row, 0);
          }
          program.span(0, 0, count, at, tables);
          program.run(count, 1);
          for (int row = count - 1; row >= 0; row -= COMPARED) {
            compare(memory(y, row).toArray(ValueLayout.JAVA_FLOAT), at + row);
          }
          at += count;
        }
      }
    }

    private static MemorySegment memory(Rows rows, int row) {
      return MemorySegment.ofAddress(rows.address() + row * rows.stride() * Float.BYTES)
          .reinterpret(rows.width() * Float.BYTES);
    }

    private void compare(float[] got, int row) {
      for (int head = 0; head < HEADS; head++) {
        int key = head / (HEADS / KEY_HEADS) * width;
        double[] p = shares(row, head * width, key);
        double[] y = new double[width];
        for (int j = 0; j <= row; j++) {
          for (int i = 0; i < width; i++) {
            y[i] += p[j] * v[j][key + i];
          }
        }
        for (int i = 0; i < width; i++) {
          error += Math.pow(got[head * width + i] - y[i], 2);
        }
        // To first order, an error e in the score of a value v of weight p adds p e (v - y).
        for (int j = 0; j <= row; j++) {
          double away = 0;
          for (int i = 0; i < width; i++) {
            away += Math.pow(v[j][key + i] - y[i], 2);
          }
          double noise = 0;
          for (int i = 0; i < width; i++) {
            double ofScore = Math.pow(scale * q[row][head * width + i], 2) * keyNoise[j][key + i];
            noise += ofScore * away + valueNoise[j][key + i];
          }
          expected += p[j] * p[j] * noise;
        }
      }
    }

    /** The softmax of a query's scores. */
    private double[] shares(int row, int query, int key) {
      double[] p = new double[row + 1];
      double total = 0;
      for (int j = 0; j <= row; j++) {
        double score = 0;
        for (int i = 0; i < width; i++) {
          score += scale * q[row][query + i] * (k[j][key + i] - k[0][key + i]);
        }
        p[j] = Math.exp(score);
        total += p[j];
      }
      for (int j = 0; j <= row; j++) {
        p[j] /= total;
      }
      return p;
    }

    /** The variance of the rounding error of each number of a row. */
    private double[] noise(float[] x, int steps) {
      double[] variance = new double[x.length];
      int end;
      for (int group = 0; group < x.length; group = end) {
        end = Math.min(group + GROUP, (group / width + 1) * width);
        double step = largestOfSpread(x, group, end) / steps;
        Arrays.fill(variance, group, end, step * step / 12);
      }
      return variance;
    }

    /**
     * The largest magnitude of a group after the Hadamard transform, in powers of two if it is
     * partial.
     */
    private static double largestOfSpread(float[] x, int from, int end) {
      double most = 0;
      for (int at = from; at < end; ) {
        int count = Integer.highestOneBit(end - at);
        for (int i = 0; i < count; i++) {
          double sum = 0;
          for (int j = 0; j < count; j++) {
            sum += Integer.bitCount(i & j) % 2 == 0 ? x[at + j] : -x[at + j];
          }
          most = Math.max(most, Math.abs(sum) / Math.sqrt(count));
        }
        at += count;
      }
      return most;
    }
  }
}
