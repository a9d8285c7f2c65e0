package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Sequences of tokens for tests of attention, which come in calls of several lengths.
 *
 * @param turned values of a head that turn
 * @param padding of each sequence, at its left
 * @param lengths of each call
 */
record Sequences(int turned, int[] padding, int... lengths) {
  private static final double BASE = 50;

  /** A row of a call, which stands for a token of a sequence. */
  interface Token {
    void at(int row, int sequence, int slot);
  }

  StepPlanner planner(CpuKernels kernels) {
    int most = Arrays.stream(lengths).max().orElseThrow();
    return new StepPlanner(
        kernels, new StepPlanner.Limits(padding.length * most, padding.length, 2));
  }

  int tokens() {
    return Arrays.stream(lengths).sum();
  }

  /** Runs all calls: fills each one's rows, and then looks at them. */
  void run(
      StepProgram program, MemorySegment cosines, MemorySegment sines, Token fill, Token look) {
    int slot = 0;
    for (int length : lengths) {
      int first = slot;
      each(
          length,
          first,
          (row, sequence, at) -> {
            program.token(row, 0, at, padding[sequence]);
            for (int i = 0; i < turned / 2; i++) {
              long place = (long) row * (turned / 2) + i;
              double angle = angle(sequence, at, i);
              cosines.setAtIndex(ValueLayout.JAVA_FLOAT, place, (float) Math.cos(angle));
              sines.setAtIndex(ValueLayout.JAVA_FLOAT, place, (float) Math.sin(angle));
            }
            fill.at(row, sequence, at);
          });
      program.run(padding.length, length);
      each(
          length,
          first,
          (row, sequence, at) -> {
            if (at >= padding[sequence]) { // else it sees nothing
              look.at(row, sequence, at);
            }
          });
      slot += length;
    }
  }

  private void each(int length, int first, Token token) {
    for (int sequence = 0; sequence < padding.length; sequence++) {
      for (int i = 0; i < length; i++) {
        token.at(sequence * length + i, sequence, first + i);
      }
    }
  }

  private double angle(int sequence, int slot, int i) {
    return (slot - padding[sequence]) * Math.pow(BASE, -2.0 * i / turned);
  }

  /** Turns the values of x from {@code from} on as a token's keys and queries turn. */
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

  /** Norms {@code width} values of x from {@code from} on. */
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

  /** What softmax makes of scores. */
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
