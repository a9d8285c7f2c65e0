package deepseek.devices.ir;

import deepseek.kernel.KernelException;
import java.util.List;
import java.util.function.UnaryOperator;

/** Something a work item does. */
public sealed interface Stmt {
  /** The values it computes, those of nested statements not among them. */
  List<Expr> values();

  /** The statements nested in it, one list per branch. */
  default List<List<Stmt>> bodies() {
    return List.of();
  }

  /** The same with changed values and nested statements. */
  Stmt map(UnaryOperator<Expr> value, UnaryOperator<List<Stmt>> body);

  /** A new variable, seen by what follows in the same block. */
  record Declare(Expr.Variable variable, Expr value) implements Stmt {
    public Declare {
      Types.require("declare " + variable.name(), variable.type(), value);
    }

    @Override
    public List<Expr> values() {
      return List.of(value);
    }

    @Override
    public Stmt map(UnaryOperator<Expr> change, UnaryOperator<List<Stmt>> body) {
      return new Declare(variable, change.apply(value));
    }
  }

  /** A new array, seen by what follows in the same block. */
  record DeclareArray(Memory.Array array) implements Stmt {
    @Override
    public List<Expr> values() {
      return List.of();
    }

    @Override
    public Stmt map(UnaryOperator<Expr> value, UnaryOperator<List<Stmt>> body) {
      return this;
    }
  }

  record Assign(Expr.Variable variable, Expr value) implements Stmt {
    public Assign {
      Types.require("assign " + variable.name(), variable.type(), value);
    }

    @Override
    public List<Expr> values() {
      return List.of(value);
    }

    @Override
    public Stmt map(UnaryOperator<Expr> change, UnaryOperator<List<Stmt>> body) {
      return new Assign(variable, change.apply(value));
    }
  }

  record Store(Memory memory, Expr index, Expr value) implements Stmt {
    public Store {
      Types.requireStore(memory, index, value);
    }

    @Override
    public List<Expr> values() {
      return List.of(index, value);
    }

    @Override
    public Stmt map(UnaryOperator<Expr> change, UnaryOperator<List<Stmt>> body) {
      return new Store(memory, change.apply(index), change.apply(value));
    }
  }

  /** {@code index} from {@code from} to before {@code to}, in steps of {@code step}. */
  record For(Expr.Variable index, Expr from, Expr to, int step, Hint hint, List<Stmt> body)
      implements Stmt {
    public For {
      String operation = "loop over " + index.name();
      Types.require(operation, ScalarType.I32, index);
      Types.require(operation, ScalarType.I32, from);
      Types.require(operation, ScalarType.I32, to);
      if (step < 1) {
        throw new KernelException(
            operation, "a step of 1 or more", String.valueOf(step), "count upwards");
      }
      body = List.copyOf(body);
    }

    @Override
    public List<Expr> values() {
      return List.of(from, to);
    }

    @Override
    public List<List<Stmt>> bodies() {
      return List.of(body);
    }

    @Override
    public Stmt map(UnaryOperator<Expr> change, UnaryOperator<List<Stmt>> nested) {
      return new For(index, change.apply(from), change.apply(to), step, hint, nested.apply(body));
    }
  }

  /** How a loop is to be run; the result is the same but for the order of sums. */
  sealed interface Hint {
    /** In order. */
    record Plain() implements Hint {}

    /** {@code times} iterations at once; all of them if the loop has no more. */
    record Unroll(int times) implements Hint {
      public Unroll {
        if (times < 2) {
          throw new KernelException(
              "unroll", "2 times or more", String.valueOf(times), "leave the loop as it is");
        }
      }
    }

    /** Iterations side by side in vector lanes, each lane with its share of the reductions. */
    record Vector(List<Reduction> reductions) implements Hint {
      public Vector {
        reductions = List.copyOf(reductions);
      }
    }
  }

  /** A variable that gathers all iterations' values. */
  record Reduction(ReduceOp op, Expr.Variable variable) {}

  /** How values are gathered; the order is free. */
  enum ReduceOp {
    SUM,
    MIN,
    MAX;

    public Expr apply(Expr a, Expr b) {
      return switch (this) {
        case SUM -> a.plus(b);
        case MIN -> a.min(b);
        case MAX -> a.max(b);
      };
    }
  }

  record If(Expr condition, List<Stmt> then, List<Stmt> otherwise) implements Stmt {
    public If {
      Types.require("branch", ScalarType.BOOL, condition);
      then = List.copyOf(then);
      otherwise = List.copyOf(otherwise);
    }

    @Override
    public List<Expr> values() {
      return List.of(condition);
    }

    @Override
    public List<List<Stmt>> bodies() {
      return List.of(then, otherwise);
    }

    @Override
    public Stmt map(UnaryOperator<Expr> change, UnaryOperator<List<Stmt>> nested) {
      return new If(change.apply(condition), nested.apply(then), nested.apply(otherwise));
    }
  }

  /** Statements whose variables end with them. */
  record Block(List<Stmt> body) implements Stmt {
    public Block {
      body = List.copyOf(body);
    }

    @Override
    public List<Expr> values() {
      return List.of();
    }

    @Override
    public List<List<Stmt>> bodies() {
      return List.of(body);
    }

    @Override
    public Stmt map(UnaryOperator<Expr> value, UnaryOperator<List<Stmt>> nested) {
      return new Block(nested.apply(body));
    }
  }

  /** Declares {@code result}, the same for all items: their values gathered. Also a barrier. */
  record GroupReduce(Expr.Variable result, ReduceOp op, Expr value) implements Stmt {
    public GroupReduce {
      Types.require("reduce over the group", result.type(), value);
      op.apply(value, value);
    }

    @Override
    public List<Expr> values() {
      return List.of(value);
    }

    @Override
    public Stmt map(UnaryOperator<Expr> change, UnaryOperator<List<Stmt>> body) {
      return new GroupReduce(result, op, change.apply(value));
    }
  }

  /** All items of a group arrive before one goes on and sees what the others shared. */
  record Barrier() implements Stmt {
    @Override
    public List<Expr> values() {
      return List.of();
    }

    @Override
    public Stmt map(UnaryOperator<Expr> value, UnaryOperator<List<Stmt>> body) {
      return this;
    }
  }

  /**
   * Run for each item of the group in turn; made by lowering for targets that run one at a time.
   */
  record ForItems(List<Stmt> body) implements Stmt {
    public ForItems {
      body = List.copyOf(body);
    }

    @Override
    public List<Expr> values() {
      return List.of();
    }

    @Override
    public List<List<Stmt>> bodies() {
      return List.of(body);
    }

    @Override
    public Stmt map(UnaryOperator<Expr> value, UnaryOperator<List<Stmt>> nested) {
      return new ForItems(nested.apply(body));
    }
  }
}
