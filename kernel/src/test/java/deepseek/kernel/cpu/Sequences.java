package deepseek.kernel.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sequences of tokens for tests of attention, which grow in several calls of several lengths. Some
 * join late, so that a call has spans of one token, of several and none.
 *
 * @param turned values of a head with rotary embedding
 * @param late tokens that each sequence leaves out at the beginning
 * @param lengths of each call
 */
record Sequences(int turned, int[] late, int... lengths) {
  private static final double BASE = 50;

  /** Visits a row of a call, which is a token of a sequence. */
  interface Token {
    void at(int row, int sequence, int slot);
  }

  StepPlanner planner(CpuKernels kernels) {
    int most = Arrays.stream(lengths).max().orElseThrow();
    return new StepPlanner(kernels, new StepPlanner.Limits(late.length * most, late.length, 2));
  }

  int tokens() {
    return Arrays.stream(lengths).sum();
  }

  /** Runs all calls: fills the rows of each, and then checks them. */
  void run(
      StepProgram program, MemorySegment cosines, MemorySegment sines, Token fill, Token look) {
    try (Arena arena = Arena.ofConfined()) {
      List<SequencePages> pages = new ArrayList<>();
      for (int skipped : late) {
        pages.add(new SequencePages(program, arena, tokens() - skipped));
      }
      int end = 0;
      for (int length : lengths) {
        int begin = end;
        end += length;
        int spans = 0;
        int rows = 0;
        for (int sequence = 0; sequence < late.length; sequence++) {
          int from = Math.max(begin, late[sequence]);
          if (from < end) {
            program.span(
                spans++, rows, end - from, from - late[sequence], pages.get(sequence).tables());
            rows += end - from;
          }
        }
        each(
            begin,
            end,
            (row, sequence, at) -> {
              program.token(row, 0);
              for (int i = 0; i < turned / 2; i++) {
                long place = (long) row * (turned / 2) + i;
                double angle = angle(sequence, at, i);
                cosines.setAtIndex(ValueLayout.JAVA_FLOAT, place, (float) Math.cos(angle));
                sines.setAtIndex(ValueLayout.JAVA_FLOAT, place, (float) Math.sin(angle));
              }
              fill.at(row, sequence, at);
            });
        program.run(rows, spans);
        each(begin, end, look);
      }
    }
  }

  private void each(int begin, int end, Token token) {
    int row = 0;
    for (int sequence = 0; sequence < late.length; sequence++) {
      for (int at = Math.max(begin, late[sequence]); at < end; at++) {
        token.at(row++, sequence, at);
      }
    }
  }

  private double angle(int sequence, int at, int i) {
    return (at - late[sequence]) * Math.pow(BASE, -2.0 * i / turned);
  }

  /** Applies a token's rotary embedding to the values of x from {@code from} on. */
  void turn(double[] x, int from, boolean pairs, int sequence, int slot) {
    for (int i = 0; i < turned / 2; i++) {
      int a = from + (pairs ? 2 * i : i);
      int b = pairs ? a + 1 : a + turned / 2;
      double cosine = Math.cos(angle(sequence, slot, i));
      double sine = Math.sin(angle(sequence, slot, i));
      double was = x[a];
      x[a] = was * cosine - x[b] * sine;
      x[b] = x[b] * cosine + was * sine;
    }
  }

  /** Applies RMSNorm to {@code width} values of x from {@code from} on. */
  static void norm(double[] x, int from, int width, double eps, float[] weight) {
    double squares = 0;
    for (int i = 0; i < width; i++) {
      squares += x[from + i] * x[from + i];
    }
    double factor = 1 / Math.sqrt(squares / width + eps);
    for (int i = 0; i < width; i++) {
      x[from + i] *= factor * weight[i];
    }
  }

  /** The softmax of scores. */
  static double[] softmax(double[] scores) {
    double most = Arrays.stream(scores).max().orElseThrow();
    double[] shares = Arrays.stream(scores).map(s -> Math.exp(s - most)).toArray();
    double total = Arrays.stream(shares).sum();
    return Arrays.stream(shares).map(s -> s / total).toArray();
  }

  static double[] doubles(float[] x) {
    double[] all = new double[x.length];
    Arrays.setAll(all, i -> x[i]);
    return all;
  }
}
