package deepseek.devices.lower;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Stmt;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Unrolls loops with that hint: completely if the number of iterations is known and small,
 * otherwise by the given factor, with a plain loop for the remainder.
 */
final class Unrolling implements Pass {
  @Override
  public Kernel apply(Kernel kernel) {
    return kernel.withBody(unroll(kernel.body()));
  }

  private static List<Stmt> unroll(List<Stmt> body) {
    return body.stream()
        .map(s -> s.map(value -> value, Unrolling::unroll))
        .flatMap(
            s ->
                s instanceof Stmt.For loop && loop.hint() instanceof Stmt.Hint.Unroll(int times)
                    ? unroll(loop, times)
                    : Stream.of(s))
        .toList();
  }

  private static Stream<Stmt> unroll(Stmt.For loop, int times) {
    if (loop.from() instanceof Expr.IntLiteral(int from)
        && loop.to() instanceof Expr.IntLiteral(int to)
        && to - (long) from <= (long) times * loop.step()) {
      return copies(loop, Expr.of(0), IntStream.iterate(from, i -> i < to, i -> i + loop.step()));
    }
    return byTimes(loop, times);
  }

  /**
   * {@code for (i = from; i < to - (times - 1)·step; i += times·step) { times copies }}; the rest.
   */
  private static Stream<Stmt> byTimes(Stmt.For loop, int times) {
    int step = loop.step();
    Stmt.Hint plain = new Stmt.Hint.Plain();
    Expr.Variable at = new Expr.Variable(loop.index().name() + "_at", loop.index().type());
    List<Stmt> body = new ArrayList<>();
    copies(loop, loop.index(), IntStream.range(0, times).map(i -> i * step)).forEach(body::add);
    body.add(new Stmt.Assign(at, loop.index().plus(times * step)));
    Stmt.For most =
        new Stmt.For(
            loop.index(),
            loop.from(),
            loop.to().minus((times - 1) * step),
            times * step,
            plain,
            body);
    Stmt.For rest = new Stmt.For(loop.index(), at, loop.to(), step, plain, loop.body());
    return Stream.of(new Stmt.Block(List.of(new Stmt.Declare(at, loop.from()), most, rest)));
  }

  private static Stream<Stmt> copies(Stmt.For loop, Expr base, IntStream offsets) {
    return offsets
        .mapToObj(offset -> ConstantFolding.fold(base.plus(Expr.of(offset))))
        .map(place -> Rewrite.substitute(loop.body(), loop.index(), place))
        .map(copy -> Rewrite.values(copy, ConstantFolding::fold))
        .flatMap(Rewrite::scoped);
  }
}
