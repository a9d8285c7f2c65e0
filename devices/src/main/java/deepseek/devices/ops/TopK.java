package deepseek.devices.ops;

import static deepseek.devices.ir.ScalarType.F32;
import static deepseek.devices.ir.ScalarType.I32;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.devices.ir.Range;

/**
 * The k largest of each row of x[rows, n] of finite numbers: values[rows, k] in descending order
 * and their indices places[rows, k], ties by ascending index. If n is less than k, the remaining
 * indices are n.
 *
 * <p>One group per row passes over it k times, and finds the next largest each time.
 */
public final class TopK {
  private TopK() {}

  /** The kernel with groups of {@code width} items. */
  public static Kernel ofRows(int width) {
    return Kernel.describe(
        "top_k",
        k -> {
          Buffer x = k.input("x", F32);
          Buffer values = k.output("values", F32);
          Buffer places = k.output("places", I32);
          Expr count = k.intParam("k");
          Rows.Row row = Rows.Row.of(k, width);
          Expr.Variable last = k.let("last", Expr.of(Float.MAX_VALUE));
          Expr.Variable lastPlace = k.let("lastPlace", Expr.of(-1));
          k.loop(
              "rank",
              Range.to(count),
              rank -> {
                Expr.Variable part = k.let("part", Expr.of(-Float.MAX_VALUE));
                Expr.Variable place = k.let("place", row.length());
                k.loop(
                    "i",
                    row.share(),
                    i -> {
                      Expr value = k.let("value", x.at(row.at(i)));
                      Expr after = value.less(last).or(value.equalTo(last).and(lastPlace.less(i)));
                      Expr better = part.less(value).or(place.equalTo(row.length()));
                      k.when(
                          after.and(better),
                          () -> {
                            k.assign(part, value);
                            k.assign(place, i);
                          });
                    });
                Expr most = k.groupMax("most", part);
                Expr mine = part.equalTo(most).choose(place, row.length());
                Expr first = k.groupMin("first", mine);
                k.assign(last, most);
                k.assign(lastPlace, first);
                k.when(
                    k.local().equalTo(0),
                    () -> {
                      Expr slot = k.let("slot", k.group().times(count).plus(rank));
                      k.store(values, slot, most);
                      k.store(places, slot, first);
                    });
              });
        });
  }
}
