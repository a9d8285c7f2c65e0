package deepseek.devices.ops;

import static deepseek.devices.ir.ScalarType.F32;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory.Buffer;

/** Element-wise operators. */
public final class Elementwise {
  private Elementwise() {}

  /** y[i] += a·x[i] for n elements. */
  public static Kernel axpy() {
    return Kernel.describe(
        "axpy",
        k -> {
          Buffer x = k.input("x", F32);
          Buffer y = k.inout("y", F32);
          Expr a = k.floatParam("a");
          k.items(k.intParam("n"));
          Expr i = k.item();
          k.store(y, i, Expr.fma(a, x.at(i), y.at(i)));
        });
  }

  /** y[i] = gate[i] / (1 + exp(-gate[i]))·up[i] for n elements. */
  public static Kernel siluTimes() {
    return Kernel.describe(
        "silu_times",
        k -> {
          Buffer gate = k.input("gate", F32);
          Buffer up = k.input("up", F32);
          Buffer y = k.output("y", F32);
          k.items(k.intParam("n"));
          Expr i = k.item();
          Expr g = k.let("g", gate.at(i));
          k.store(y, i, g.over(g.negate().exp().plus(1)).times(up.at(i)));
        });
  }

  /**
   * Rotates x[T, N, H] in place: each pair (i, i + H/2) of a head by the angle of its token, given
   * as cosines and sines [T, H/2]. T tokens, N heads, H head size.
   *
   * <p>Su, Lu, Pan, et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021,
   * with the pairing of Hugging Face's Llama checkpoints, first half with second half.
   */
  public static Kernel rope() {
    return Kernel.describe(
        "rope",
        k -> {
          Buffer x = k.inout("x", F32);
          Buffer cosines = k.input("cosines", F32);
          Buffer sines = k.input("sines", F32);
          Expr tokens = k.intParam("tokens");
          Expr heads = k.intParam("heads");
          Expr half = k.intParam("half_size");
          k.items(half, heads, tokens);
          Expr angle = k.let("angle", k.item(2).times(half).plus(k.item()));
          Expr head = k.item(2).times(heads).plus(k.item(1));
          Expr low = k.let("low", head.times(2).times(half).plus(k.item()));
          Expr high = k.let("high", low.plus(half));
          Expr a = k.let("a", x.at(low));
          Expr b = k.let("b", x.at(high));
          Expr c = k.let("c", cosines.at(angle));
          Expr s = k.let("s", sines.at(angle));
          k.store(x, low, a.times(c).minus(b.times(s)));
          k.store(x, high, b.times(c).plus(a.times(s)));
        });
  }
}
