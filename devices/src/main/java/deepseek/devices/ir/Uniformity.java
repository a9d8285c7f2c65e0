package deepseek.devices.ir;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Analyses which expressions are uniform, the same for all items of a group: conditions around a
 * barrier must be.
 *
 * <p>Iterates to a fixed point: a variable becomes divergent when a divergent value is assigned to
 * it, or any value where only some items run.
 */
public final class Uniformity {
  private final Set<String> written;
  private final Set<String> diverging = new HashSet<>();

  private Uniformity(List<Argument> arguments) {
    written =
        arguments.stream()
            .filter(a -> a instanceof Memory.Buffer buffer && buffer.access().writes())
            .map(Argument::name)
            .collect(Collectors.toSet());
  }

  /** Analyses a kernel. */
  public static Uniformity of(Kernel kernel) {
    return of(kernel.arguments(), kernel.body());
  }

  static Uniformity of(List<Argument> arguments, List<Stmt> body) {
    Uniformity found = new Uniformity(arguments);
    int before;
    do {
      before = found.diverging.size();
      found.visit(body, false);
    } while (found.diverging.size() > before);
    return found;
  }

  /** Whether the expression has the same value for all items of a group. */
  public boolean isUniform(Expr value) {
    return switch (value) {
      case Expr.WorkIndex index -> index.level() == Expr.Level.GROUP;
      case Expr.Variable variable -> !diverging.contains(variable.name());
      case Expr.Load load -> isShared(load.memory()) && isUniform(load.index());
      case Expr other -> other.children().stream().allMatch(this::isUniform);
    };
  }

  /**
   * Whether all items load the same value from it; with a data race the result is undefined anyway.
   */
  private boolean isShared(Memory memory) {
    return switch (memory) {
      case Memory.Buffer buffer -> !written.contains(buffer.name());
      case Memory.Array array -> array.sharing() != Memory.Sharing.ITEM;
    };
  }

  private void visit(List<Stmt> body, boolean someOnly) {
    for (Stmt statement : body) {
      switch (statement) {
        case Stmt.Declare declare -> mark(declare.variable(), declare.value(), someOnly);
        case Stmt.Assign assign -> mark(assign.variable(), assign.value(), someOnly);
        case Stmt.For loop -> {
          boolean some = someOnly || !isUniform(loop.from()) || !isUniform(loop.to());
          if (some) {
            diverging.add(loop.index().name());
          }
          visit(loop.body(), some);
        }
        case Stmt.If branch -> {
          boolean some = someOnly || !isUniform(branch.condition());
          visit(branch.then(), some);
          visit(branch.otherwise(), some);
        }
        case Stmt.Block block -> visit(block.body(), someOnly);
        case Stmt.ForItems items -> visit(items.body(), someOnly);
        case Stmt.DeclareArray _, Stmt.Store _, Stmt.GroupReduce _, Stmt.Barrier _ -> {}
      }
    }
  }

  private void mark(Expr.Variable variable, Expr value, boolean someOnly) {
    if (someOnly || !isUniform(value)) {
      diverging.add(variable.name());
    }
  }
}
