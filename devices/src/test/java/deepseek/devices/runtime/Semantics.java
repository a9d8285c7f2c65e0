package deepseek.devices.runtime;

import static deepseek.devices.ir.ScalarType.F32;
import static deepseek.devices.ir.ScalarType.I32;
import static deepseek.devices.ir.ScalarType.U32;
import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.devices.ir.Range;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.IntBinaryOperator;

/** Each operation of the language against Java's, on numbers that distinguish them. */
final class Semantics {
  private static final int[] INTEGERS = {
    0, 1, 2, 3, 7, 31, 100, -1, -2, -100, 0x7fffffff, 0x80000000, 0x12345678, 0xdeadbeef
  };

  private static final float[] FLOATS = {
    0f, 1f, -1f, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, 3.25f, -7.75f, 1e-3f, 88f, 1000.25f, -4096.5f
  };

  private Semantics() {}

  private record Integers(BinaryOperator<Expr> op, IntBinaryOperator java) {}

  private record Floats(BinaryOperator<Expr> op, DoubleBinaryOperator java) {}

  private static final List<Integers> INTEGER_OPS =
      List.of(
          new Integers((a, b) -> a.toWord().plus(b.toWord()).toInt(), (a, b) -> a + b),
          new Integers(
              (a, b) -> a.shiftRight(1).minus(b.shiftRight(1)), (a, b) -> (a >> 1) - (b >> 1)),
          new Integers(
              (a, b) -> a.shiftRight(16).times(b.shiftRight(17)), (a, b) -> (a >> 16) * (b >> 17)),
          new Integers(Expr::min, Math::min),
          new Integers(Expr::max, Math::max),
          new Integers(Expr::and, (a, b) -> a & b),
          new Integers(Expr::or, (a, b) -> a | b),
          new Integers(Expr::xor, (a, b) -> a ^ b),
          new Integers((a, b) -> a.not().and(b), (a, b) -> ~a & b),
          new Integers((a, b) -> a.toWord().shiftLeft(b.and(31)).toInt(), (a, b) -> a << b),
          new Integers((a, b) -> a.shiftRight(b.and(31)), (a, b) -> a >> b),
          new Integers((a, b) -> a.toWord().shiftRight(b.and(31)).toInt(), (a, b) -> a >>> b),
          new Integers(
              (a, b) -> a.toWord().max(b.toWord()).toInt(),
              (a, b) -> Integer.compareUnsigned(a, b) > 0 ? a : b),
          new Integers(
              (a, b) -> a.and(0xffff).over(b.and(0xff).plus(1)),
              (a, b) -> (a & 0xffff) / ((b & 0xff) + 1)),
          new Integers(
              (a, b) -> a.and(0xffff).remainder(b.and(0xff).plus(1)),
              (a, b) -> (a & 0xffff) % ((b & 0xff) + 1)),
          new Integers(
              (a, b) -> a.toWord().over(b.toWord().or(Expr.word(1))).toInt(),
              (a, b) -> Integer.divideUnsigned(a, b | 1)),
          new Integers((a, b) -> a.less(b).choose(Expr.of(1), Expr.of(0)), (a, b) -> a < b ? 1 : 0),
          new Integers(
              (a, b) -> a.toWord().less(b.toWord()).choose(Expr.of(1), Expr.of(0)),
              (a, b) -> Integer.compareUnsigned(a, b) < 0 ? 1 : 0),
          new Integers((a, b) -> a.lessOrEqual(b).and(a.equalTo(b).not()).choose(a, b), Math::min),
          new Integers(
              (a, b) -> a.notEqualTo(b).or(a.less(0)).choose(a.shiftRight(1).negate(), b),
              (a, b) -> a != b || a < 0 ? -(a >> 1) : b),
          new Integers(
              (a, b) -> a.shiftRight(1).abs().plus(b.toWord().bits(4, 3).toInt()),
              (a, b) -> Math.abs(a >> 1) + (b >>> 4 & 7)));

  private static final List<Floats> FLOAT_OPS =
      List.of(
          new Floats(Expr::plus, (a, b) -> (float) a + (float) b),
          new Floats(Expr::minus, (a, b) -> (float) a - (float) b),
          new Floats(Expr::times, (a, b) -> (float) a * (float) b),
          new Floats((a, b) -> a.over(b.abs().plus(1)), (a, b) -> a / (Math.abs(b) + 1)),
          new Floats(Expr::min, Math::min),
          new Floats(Expr::max, Math::max),
          new Floats((a, b) -> Expr.fma(a, b, Expr.of(1f)), (a, b) -> a * b + 1),
          new Floats((a, b) -> a.floor().plus(b.round()), (a, b) -> Math.floor(a) + Math.rint(b)),
          new Floats((a, b) -> a.toInt().toFloat(), (a, b) -> (int) a),
          new Floats((a, b) -> a.abs().toWord().toFloat(), (a, b) -> (int) Math.abs(a)),
          new Floats(
              (a, b) -> a.bitsAsWord().xor(Expr.word(0x80000000)).bitsAsFloat(), (a, b) -> -a),
          new Floats((a, b) -> a.abs().sqrt(), (a, b) -> Math.sqrt(Math.abs(a))),
          new Floats((a, b) -> a.min(Expr.of(10f)).exp(), (a, b) -> Math.exp(Math.min(a, 10))),
          new Floats((a, b) -> a.abs().plus(2).log(), (a, b) -> Math.log(Math.abs(a) + 2)),
          new Floats((a, b) -> b.less(a).choose(a.negate(), b), (a, b) -> b < a ? -a : b));

  static Kernel integers() {
    int n = INTEGERS.length;
    return Kernel.describe(
        "integers",
        k -> {
          Buffer x = k.input("x", I32);
          Buffer y = k.output("y", I32);
          k.items(k.intParam("n"));
          Expr a = k.let("a", x.at(k.item().over(n)));
          Expr b = k.let("b", x.at(k.item().remainder(n)));
          Expr base = k.let("base", k.item().times(INTEGER_OPS.size()));
          for (int i = 0; i < INTEGER_OPS.size(); i++) {
            k.store(y, base.plus(i), INTEGER_OPS.get(i).op().apply(a, b));
          }
        });
  }

  static void checkIntegers(DeviceRuntime runtime) {
    int n = INTEGERS.length;
    try (DeviceBuffer x = runtime.allocate(n);
        DeviceBuffer y = runtime.allocate((long) n * n * INTEGER_OPS.size())) {
      x.write(INTEGERS);
      runtime.compile(integers()).launch(x, y, Scalar.of(n * n));
      int[] got = y.toInts();
      for (int i = 0; i < got.length; i++) {
        int op = i % INTEGER_OPS.size();
        int a = INTEGERS[i / INTEGER_OPS.size() / n];
        int b = INTEGERS[i / INTEGER_OPS.size() % n];
        assertThat(got[i])
            .as("integer operation %d of %d and %d", op, a, b)
            .isEqualTo(INTEGER_OPS.get(op).java().applyAsInt(a, b));
      }
    }
  }

  static Kernel floats() {
    int n = FLOATS.length;
    return Kernel.describe(
        "floats",
        k -> {
          Buffer x = k.input("x", F32);
          Buffer y = k.output("y", F32);
          k.items(k.intParam("n"));
          Expr a = k.let("a", x.at(k.item().over(n)));
          Expr b = k.let("b", x.at(k.item().remainder(n)));
          Expr base = k.let("base", k.item().times(FLOAT_OPS.size()));
          for (int i = 0; i < FLOAT_OPS.size(); i++) {
            k.store(y, base.plus(i), FLOAT_OPS.get(i).op().apply(a, b));
          }
        });
  }

  static void checkFloats(DeviceRuntime runtime) {
    int n = FLOATS.length;
    try (DeviceBuffer x = runtime.allocate(n);
        DeviceBuffer y = runtime.allocate((long) n * n * FLOAT_OPS.size())) {
      x.write(FLOATS);
      runtime.compile(floats()).launch(x, y, Scalar.of(n * n));
      float[] got = y.toFloats();
      for (int i = 0; i < got.length; i++) {
        double a = FLOATS[i / FLOAT_OPS.size() / n];
        double b = FLOATS[i / FLOAT_OPS.size() % n];
        double expected = FLOAT_OPS.get(i % FLOAT_OPS.size()).java().applyAsDouble(a, b);
        assertThat(Math.abs(got[i] - expected))
            .as(
                "operation %d of %s and %s: %s, not %s",
                i % FLOAT_OPS.size(), a, b, got[i], expected)
            .isLessThanOrEqualTo(4e-6 * Math.abs(expected) + 1e-7);
      }
    }
  }

  /** y[i] = sin(x[i]) and y[n + i] = cos(x[i]). */
  static Kernel turns() {
    return Kernel.describe(
        "turns",
        k -> {
          Buffer x = k.input("x", F32);
          Buffer y = k.output("y", F32);
          Expr n = k.intParam("n");
          k.items(n);
          k.store(y, k.item(), x.at(k.item()).sin());
          k.store(y, k.item().plus(n), x.at(k.item()).cos());
        });
  }

  /** No access outside the buffers: loads there would crash or read foreign memory. */
  static Kernel guarded() {
    return Kernel.describe(
        "guarded",
        k -> {
          Buffer x = k.input("x", U32);
          Buffer y = k.output("y", U32);
          Expr n = k.intParam("n");
          k.items(n);
          Expr.Variable sum = k.let("sum", Expr.word(0));
          k.unrolled(
              "i",
              Range.of(k.item(), n.times(1 << 20)).step(1 << 18),
              4,
              i -> k.add(sum, x.atIf(i.less(n), i)));
          k.store(y, k.item(), sum);
        });
  }
}
