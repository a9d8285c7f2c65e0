package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Sequences of tokens for tests of attention, split into calls of several lengths.
 *
 * @param turned values of a head with rotary embedding
 * @param padding left padding of each sequence
 * @param lengths of each call
 */
record Sequences(int turned, int[] padding, int... lengths) {
  private static final double BASE = 50;

  /** Visits a row of a call, which is a token of a sequence. */
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

  /** Runs all calls: fills the rows of each, and then checks them. */
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
            if (at >= padding[sequence]) { // padding attends to nothing
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
