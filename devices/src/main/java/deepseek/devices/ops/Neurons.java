package deepseek.devices.ops;

import static deepseek.devices.ir.ScalarType.F32;
import static deepseek.devices.ir.ScalarType.I32;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.devices.ir.Range;

/** Products with W[N, D] that skip inactive neurons: N neurons, each a row of D numbers. */
public final class Neurons {
  private Neurons() {}

  /** y[N] = W·x[D] where {@code wanted[N]} isn't 0, else 0: one group per neuron. */
  public static Kernel dots(int width) {
    return Kernel.describe(
        "neuron_dots",
        k -> {
          Buffer w = k.input("w", F32);
          Buffer x = k.input("x", F32);
          Buffer active = k.input("wanted", I32);
          Buffer y = k.output("y", F32);
          Expr neurons = k.intParam("neurons");
          Expr length = k.intParam("width");
          k.groups(width, neurons);
          Expr first = k.let("first", k.group().times(length));
          Expr count = k.let("count", active.at(k.group()).equalTo(0).choose(Expr.of(0), length));
          Expr part = k.dot("part", k.share(count), i -> w.at(first.plus(i)), x::at);
          Expr total = k.groupSum("total", part);
          k.when(k.local().equalTo(0), () -> k.store(y, k.group(), total));
        });
  }

  /** y[D] = h[N]·W, reading only the rows of neurons that aren't 0. */
  public static Kernel sums() {
    return Kernel.describe(
        "neuron_sums",
        k -> {
          Buffer w = k.input("w", F32);
          Buffer h = k.input("h", F32);
          Buffer y = k.output("y", F32);
          Expr neurons = k.intParam("neurons");
          Expr length = k.intParam("width");
          k.items(length);
          Expr.Variable sum = k.let("sum", Expr.of(0f));
          k.loop(
              "neuron",
              Range.to(neurons),
              neuron -> {
                Expr by = k.let("by", h.at(neuron));
                k.when(
                    by.notEqualTo(Expr.of(0f)),
                    () -> k.addProduct(sum, by, w.at(neuron.times(length).plus(k.item()))));
              });
          k.store(y, k.item(), sum);
        });
  }
}
