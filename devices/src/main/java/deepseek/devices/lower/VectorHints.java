package deepseek.devices.lower;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Stmt;
import deepseek.kernel.KernelException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Marks innermost loops whose iterations are independent except for sums, minima and maxima, so
 * that a compiler may vectorise them and reorder those. Loops inside a loop over items are skipped:
 * there the loop over items is vectorised.
 */
final class VectorHints implements Pass {
  @Override
  public Kernel apply(Kernel kernel) {
    return kernel.withBody(mark(kernel.body()));
  }

  private static List<Stmt> mark(List<Stmt> body) {
    return body.stream().map(VectorHints::mark).toList();
  }

  private static Stmt mark(Stmt statement) {
    return switch (statement) {
      case Stmt.ForItems items -> items;
      case Stmt.For loop ->
          switch (loop.hint()) {
            case Stmt.Hint.Vector _ -> withReductions(loop, promised(loop));
            case Stmt.Hint.Plain _ ->
                proven(loop)
                    .<Stmt>map(found -> withReductions(loop, found))
                    .orElseGet(() -> loop.map(value -> value, VectorHints::mark));
            case Stmt.Hint.Unroll _ -> loop.map(value -> value, VectorHints::mark);
          };
      case Stmt other -> other.map(value -> value, VectorHints::mark);
    };
  }

  private static Stmt.For withReductions(Stmt.For loop, List<Stmt.Reduction> found) {
    return new Stmt.For(
        loop.index(),
        loop.from(),
        loop.to(),
        loop.step(),
        new Stmt.Hint.Vector(found),
        loop.body());
  }

  private static List<Stmt.Reduction> promised(Stmt.For loop) {
    List<Stmt> all = flat(loop.body()).toList();
    return reductions(all)
        .orElseThrow(
            () ->
                new KernelException(
                    "vectorise the loop over " + loop.index().name(),
                    "iterations that only sums, minima and maxima tie together",
                    "another assignment to a variable from outside",
                    "use loop(..)"));
  }

  /** Loops of declarations and reductions only, whose iterations have no other dependence. */
  private static Optional<List<Stmt.Reduction>> proven(Stmt.For loop) {
    boolean simple =
        loop.body().stream().allMatch(s -> s instanceof Stmt.Declare || s instanceof Stmt.Assign);
    return simple ? reductions(loop.body()).filter(found -> !found.isEmpty()) : Optional.empty();
  }

  private static Stream<Stmt> flat(List<Stmt> body) {
    return body.stream()
        .flatMap(s -> Stream.concat(Stream.of(s), s.bodies().stream().flatMap(VectorHints::flat)));
  }

  /** The reduction variables; empty if there is any other assignment. */
  private static Optional<List<Stmt.Reduction>> reductions(List<Stmt> statements) {
    Set<Expr.Variable> own = new HashSet<>();
    List<Stmt.Reduction> found = new ArrayList<>();
    for (Stmt statement : statements) {
      if (statement instanceof Stmt.Declare declare) {
        own.add(declare.variable());
      }
      if (statement instanceof Stmt.Assign assign && !own.contains(assign.variable())) {
        Optional<Stmt.Reduction> reduction = reduction(assign);
        if (reduction.isEmpty() || found.stream().anyMatch(r -> isSame(r, assign))) {
          return Optional.empty();
        }
        found.add(reduction.get());
      }
    }
    boolean usedOtherwise =
        found.stream().anyMatch(reduction -> uses(statements, reduction.variable()) > 1);
    return usedOtherwise ? Optional.empty() : Optional.of(found);
  }

  private static boolean isSame(Stmt.Reduction reduction, Stmt.Assign assign) {
    return reduction.variable().equals(assign.variable());
  }

  private static Optional<Stmt.Reduction> reduction(Stmt.Assign assign) {
    Expr.Variable variable = assign.variable();
    Optional<Stmt.ReduceOp> op =
        switch (assign.value()) {
          case Expr.Fma fma when fma.c().equals(variable) -> Optional.of(Stmt.ReduceOp.SUM);
          case Expr.Binary binary
              when binary.left().equals(variable) || binary.right().equals(variable) ->
              switch (binary.op()) {
                case ADD -> Optional.of(Stmt.ReduceOp.SUM);
                case MIN -> Optional.of(Stmt.ReduceOp.MIN);
                case MAX -> Optional.of(Stmt.ReduceOp.MAX);
                case SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT ->
                    Optional.empty();
              };
          case Expr _ -> Optional.empty();
        };
    return op.map(found -> new Stmt.Reduction(found, variable));
  }

  private static long uses(List<Stmt> body, Expr.Variable variable) {
    return body.stream()
        .flatMap(statement -> statement.values().stream())
        .mapToLong(value -> uses(value, variable))
        .sum();
  }

  private static long uses(Expr value, Expr.Variable variable) {
    return value.equals(variable)
        ? 1
        : value.children().stream().mapToLong(part -> uses(part, variable)).sum();
  }
}
