package deepseek.devices.ir;

import deepseek.kernel.KernelException;
import java.util.List;
import java.util.function.UnaryOperator;

/** A statement, executed by each work item. */
public sealed interface Stmt {
  /** The expressions it evaluates, without those of nested statements. */
  List<Expr> values();

  /** The nested statements, one list per branch. */
  default List<List<Stmt>> bodies() {
    return List.of();
  }

  /** The same statement with its expressions and nested statements replaced. */
  Stmt map(UnaryOperator<Expr> value, UnaryOperator<List<Stmt>> body);

  /** Declares a variable, visible in the rest of the block. */
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

  /** Declares an array, visible in the rest of the block. */
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

  /** Assigns to a variable. */
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

  /** Stores a word to a buffer or an array. */
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

  /**
   * A loop: {@code index} from {@code from} up to but excluding {@code to}, in steps of {@code
   * step}.
   */
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

  /** How to execute a loop; results are the same except for the order of sums. */
  sealed interface Hint {
    /** Sequentially. */
    record Plain() implements Hint {}

    /** Unrolled {@code times} times; completely if the loop has no more iterations. */
    record Unroll(int times) implements Hint {
      public Unroll {
        if (times < 2) {
          throw new KernelException(
              "unroll", "2 times or more", String.valueOf(times), "leave the loop as it is");
        }
      }
    }

    /** Vectorised, with partial reductions per lane. */
    record Vector(List<Reduction> reductions) implements Hint {
      public Vector {
        reductions = List.copyOf(reductions);
      }
    }
  }

  /** A variable that accumulates a value of each iteration. */
  record Reduction(ReduceOp op, Expr.Variable variable) {}

  /** How values are reduced, in any order. */
  enum ReduceOp {
    SUM,
    MIN,
    MAX;

    /** The reduction of two values. */
    public Expr apply(Expr a, Expr b) {
      return switch (this) {
        case SUM -> a.plus(b);
        case MIN -> a.min(b);
        case MAX -> a.max(b);
      };
    }
  }

  /** Executes one of two branches. */
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

  /** A scope for the variables declared in it. */
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

  /**
   * Declares {@code result}, the reduction of the values of all items in the group. Also a barrier.
   */
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

  /** No item of a group continues before all have arrived; their stores are visible afterwards. */
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
   * Runs its body for each item of the group in turn; only created by lowering, for targets that
   * run one item at a time.
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
