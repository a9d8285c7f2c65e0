package deepseek.devices.lower;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Grid;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.ScalarType;
import deepseek.devices.ir.Stmt;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Lowers group reductions to tree reductions in a shared array, halving the values at each step.
 */
final class GroupReductions implements Pass {
  @Override
  public Kernel apply(Kernel kernel) {
    if (!(kernel.grid() instanceof Grid.Groups groups)) {
      return kernel;
    }
    Set<ScalarType> used = EnumSet.noneOf(ScalarType.class);
    kernel
        .statements()
        .filter(Stmt.GroupReduce.class::isInstance)
        .forEach(s -> used.add(((Stmt.GroupReduce) s).result().type()));
    if (used.isEmpty()) {
      return kernel;
    }
    List<Stmt> body = new ArrayList<>();
    if (groups.items() > 1) {
      used.forEach(type -> body.add(new Stmt.DeclareArray(scratch(type, groups))));
    }
    body.addAll(expand(kernel.body(), groups));
    return kernel.withBody(body);
  }

  private static Memory.Array scratch(ScalarType type, Grid.Groups groups) {
    String name = "scratch_" + type.name().toLowerCase(Locale.ROOT);
    return new Memory.Array(name, type, groups.items(), Memory.Sharing.GROUP);
  }

  private static List<Stmt> expand(List<Stmt> body, Grid.Groups groups) {
    return body.stream()
        .map(s -> s.map(value -> value, nested -> expand(nested, groups)))
        .flatMap(s -> s instanceof Stmt.GroupReduce r ? expand(r, groups) : Stream.of(s))
        .toList();
  }

  private static Stream<Stmt> expand(Stmt.GroupReduce reduce, Grid.Groups groups) {
    int items = groups.items();
    if (items == 1) {
      return Stream.of(new Stmt.Declare(reduce.result(), reduce.value()));
    }
    Memory.Array scratch = scratch(reduce.result().type(), groups);
    Expr place = groups.place();
    Stream.Builder<Stmt> steps = Stream.builder();
    steps.add(new Stmt.Store(scratch, place, reduce.value()));
    steps.add(new Stmt.Barrier());
    for (int half = Integer.highestOneBit(items - 1); half > 0; half /= 2) {
      Expr other = place.plus(half);
      Expr joined = reduce.op().apply(scratch.at(place), scratch.at(other));
      Expr takesPart = place.less(Math.min(half, items - half));
      Stmt join = new Stmt.Store(scratch, place, joined);
      steps.add(new Stmt.If(takesPart, List.of(join), List.of()));
      steps.add(new Stmt.Barrier());
      items = half;
    }
    steps.add(new Stmt.Declare(reduce.result(), scratch.at(0)));
    // The next reduction reuses the array.
    steps.add(new Stmt.Barrier());
    return steps.build();
  }
}
