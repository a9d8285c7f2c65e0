package deepseek.devices.ops;

import static deepseek.devices.ir.ScalarType.F32;
import static deepseek.devices.ir.ScalarType.I32;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.KernelBuilder;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.devices.ir.Range;

/** Operators on each row of x[rows, n], with one group of {@code width} items per row. */
public final class Rows {
  private Rows() {}

  /** y[r] = Σ x[r]. */
  public static Kernel sum(int width) {
    return Kernel.describe(
        "sum",
        k -> {
          Buffer x = k.input("x", F32);
          Buffer y = k.output("y", F32);
          Row row = Row.of(k, width);
          Expr part = k.sum("part", row.share(), i -> x.at(row.at(i)));
          storeOnce(k, y, k.groupSum("total", part));
        });
  }

  /**
   * y[r] = x[r] / sqrt(mean(x[r]²) + epsilon)·weight.
   *
   * <p>Zhang, Sennrich, "Root Mean Square Layer Normalization", 2019.
   */
  public static Kernel rmsNorm(int width) {
    return Kernel.describe(
        "rms_norm",
        k -> {
          Buffer x = k.input("x", F32);
          Buffer weight = k.input("weight", F32);
          Buffer y = k.output("y", F32);
          Expr epsilon = k.floatParam("epsilon");
          Row row = Row.of(k, width);
          Expr part = k.dot("part", row.share(), i -> x.at(row.at(i)), i -> x.at(row.at(i)));
          Expr mean = k.groupSum("squares", part).over(row.length().toFloat());
          Expr scale = k.let("scale", Expr.of(1f).over(mean.plus(epsilon).sqrt()));
          k.vectorised(
              "i",
              row.share(),
              i -> k.store(y, row.at(i), x.at(row.at(i)).times(scale).times(weight.at(i))));
        });
  }

  /** y[r] = exp(x[r] - max) / Σ exp(x[r] - max). */
  public static Kernel softmax(int width) {
    return Kernel.describe(
        "softmax",
        k -> {
          Buffer x = k.input("x", F32);
          Buffer y = k.inout("y", F32);
          Row row = Row.of(k, width);
          Expr most = k.groupMax("most", k.largest("part", row.share(), i -> x.at(row.at(i))));
          Expr.Variable part = k.let("sum", Expr.of(0f));
          k.vectorised(
              "i",
              row.share(),
              i -> {
                Expr e = k.let("e", x.at(row.at(i)).minus(most).exp());
                k.store(y, row.at(i), e);
                k.add(part, e);
              });
          Expr scale = k.let("scale", Expr.of(1f).over(k.groupSum("total", part)));
          k.vectorised("i", row.share(), i -> k.store(y, row.at(i), y.at(row.at(i)).times(scale)));
        });
  }

  /** y[r] = the smallest i whose x[r, i] is the largest. */
  public static Kernel argmax(int width) {
    return Kernel.describe(
        "argmax",
        k -> {
          Buffer x = k.input("x", F32);
          Buffer y = k.output("y", I32);
          Row row = Row.of(k, width);
          Expr most = k.groupMax("most", k.largest("part", row.share(), i -> x.at(row.at(i))));
          Expr.Variable place = k.let("place", row.length());
          k.loop(
              "i",
              row.share(),
              i ->
                  k.assign(
                      place, place.min(x.at(row.at(i)).equalTo(most).choose(i, row.length()))));
          storeOnce(k, y, k.groupMin("first", place));
        });
  }

  /** Stores one word per group, from its first item. */
  private static void storeOnce(KernelBuilder k, Buffer y, Expr value) {
    k.when(k.local().equalTo(0), () -> k.store(y, k.group(), value));
  }

  /** The row of a group: its start, its length, and the indices of one item. */
  record Row(Expr start, Expr length, Range share) {
    static Row of(KernelBuilder k, int width) {
      Expr rows = k.intParam("rows");
      Expr length = k.intParam("n");
      k.groups(width, rows);
      return new Row(k.let("start", k.group().times(length)), length, k.share(length));
    }

    Expr at(Expr i) {
      return start.plus(i);
    }
  }
}
