package deepseek.devices.ir;

import deepseek.kernel.KernelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Builds a kernel: arguments and the grid first, then statements in the order of the calls.
 *
 * <p>A name that is already in use gets a numeric suffix, so that helper methods don't have to know
 * each other's names.
 */
public final class KernelBuilder {
  private final String name;
  private final List<Argument> arguments = new ArrayList<>();
  private final Deque<List<Stmt>> blocks = new ArrayDeque<>();
  private final Set<String> names = new HashSet<>();
  private Optional<Grid> grid = Optional.empty();

  KernelBuilder(String name) {
    this.name = name;
    names.add(name);
    blocks.push(new ArrayList<>());
  }

  Kernel kernel() {
    return new Kernel(name, arguments, requireGrid(), blocks.element());
  }

  // Arguments, in the order in which a launch passes them.

  /** Declares a buffer that is only read. */
  public Memory.Buffer input(String buffer, ScalarType type) {
    return argument(new Memory.Buffer(unused(buffer), type, Memory.Access.READ));
  }

  /** Declares a buffer that is only written. */
  public Memory.Buffer output(String buffer, ScalarType type) {
    return argument(new Memory.Buffer(unused(buffer), type, Memory.Access.WRITE));
  }

  /** Declares a buffer that is read and written. */
  public Memory.Buffer inout(String buffer, ScalarType type) {
    return argument(new Memory.Buffer(unused(buffer), type, Memory.Access.READ_WRITE));
  }

  /** Declares an I32 parameter. */
  public Expr.Variable intParam(String parameter) {
    return argument(new Parameter(unused(parameter), ScalarType.I32)).value();
  }

  /** Declares an F32 parameter. */
  public Expr.Variable floatParam(String parameter) {
    return argument(new Parameter(unused(parameter), ScalarType.F32)).value();
  }

  private <A extends Argument> A argument(A argument) {
    arguments.add(argument);
    return argument;
  }

  // The grid.

  /** Declares a grid of independent items with one to three axes. */
  public void items(Expr... extents) {
    layOut(new Grid.Items(List.of(extents)));
  }

  /**
   * Declares a grid of groups of {@code width} items along axis 0; {@code extents} count groups.
   */
  public void groups(int width, Expr... extents) {
    List<Integer> shape = new ArrayList<>(List.of(width));
    Arrays.stream(extents).skip(1).forEach(extent -> shape.add(1));
    layOut(new Grid.Groups(List.of(extents), shape));
  }

  /**
   * Declares a grid of groups of {@code across} by {@code down} items on axes 0 and 1; the extents
   * count groups.
   */
  public void tiles(int across, int down, Expr extentAcross, Expr extentDown) {
    layOut(new Grid.Groups(List.of(extentAcross, extentDown), List.of(across, down)));
  }

  private void layOut(Grid laidOut) {
    if (grid.isPresent()) {
      throw new KernelException(
          "describe " + name, "one grid", "a second one", "lay out items or groups once");
    }
    grid = Optional.of(laidOut);
  }

  private Grid requireGrid() {
    return grid.orElseThrow(
        () ->
            new KernelException(
                "describe " + name, "a grid", "none", "call items(..), groups(..) or tiles(..)"));
  }

  /** This item's index along axis 0 of the grid. */
  public Expr item() {
    return item(0);
  }

  /** This item's index along an axis of the grid. */
  public Expr item(int axis) {
    return new Expr.WorkIndex(Expr.Level.GLOBAL, axis);
  }

  /** The index of this item's group along axis 0. */
  public Expr group() {
    return group(0);
  }

  /** The index of this item's group along an axis. */
  public Expr group(int axis) {
    return new Expr.WorkIndex(Expr.Level.GROUP, axis);
  }

  /** This item's index along axis 0 of its group. */
  public Expr local() {
    return local(0);
  }

  /** This item's index along an axis of its group. */
  public Expr local(int axis) {
    return new Expr.WorkIndex(Expr.Level.LOCAL, axis);
  }

  /**
   * This item's share of the indices below {@code count}, distributed over the group's items along
   * axis 0.
   */
  public Range share(Expr count) {
    int width = requireGrid() instanceof Grid.Groups groups ? groups.shape().getFirst() : 1;
    return Range.of(local(), count).step(width);
  }

  // Statements.

  /** Declares a variable with an initial value, visible in the rest of the block. */
  public Expr.Variable let(String variable, Expr value) {
    Expr.Variable declared = new Expr.Variable(unused(variable), value.type());
    emit(new Stmt.Declare(declared, value));
    return declared;
  }

  /** Assigns to a variable. */
  public void assign(Expr.Variable variable, Expr value) {
    emit(new Stmt.Assign(variable, value));
  }

  /** Adds {@code value} to a variable. */
  public void add(Expr.Variable variable, Expr value) {
    assign(variable, variable.plus(value));
  }

  /** Adds {@code variable += a·b}, an FMA. */
  public void addProduct(Expr.Variable variable, Expr a, Expr b) {
    assign(variable, Expr.fma(a, b, variable));
  }

  /** Stores a word to a buffer or an array. */
  public void store(Memory memory, Expr index, Expr value) {
    emit(new Stmt.Store(memory, index, value));
  }

  /** Adds the statements of {@code then} under a condition. */
  public void when(Expr condition, Runnable then) {
    emit(new Stmt.If(condition, block(then), List.of()));
  }

  /** Adds the statements of {@code then} and {@code otherwise} as the branches of a condition. */
  public void when(Expr condition, Runnable then, Runnable otherwise) {
    emit(new Stmt.If(condition, block(then), block(otherwise)));
  }

  /** Adds a loop over {@code range}; {@code body} receives the index. */
  public void loop(String index, Range range, Consumer<Expr> body) {
    loop(index, range, new Stmt.Hint.Plain(), body);
  }

  /** Adds a loop that is unrolled {@code times} times. */
  public void unrolled(String index, Range range, int times, Consumer<Expr> body) {
    loop(index, range, new Stmt.Hint.Unroll(times), body);
  }

  /**
   * Adds a loop to vectorise: its iterations are independent except for sums, minima and maxima.
   */
  public void vectorised(String index, Range range, Consumer<Expr> body) {
    loop(index, range, new Stmt.Hint.Vector(List.of()), body);
  }

  private void loop(String index, Range range, Stmt.Hint hint, Consumer<Expr> body) {
    Expr.Variable counted = new Expr.Variable(unused(index), ScalarType.I32);
    List<Stmt> block = block(() -> body.accept(counted));
    emit(new Stmt.For(counted, range.from(), range.to(), range.step(), hint, block));
  }

  /** Declares a variable with the sum of {@code term} over {@code range}. */
  public Expr.Variable sum(String variable, Range range, Function<Expr, Expr> term) {
    Expr.Variable total = let(variable, Expr.of(0f));
    loop("i", range, i -> add(total, term.apply(i)));
    return total;
  }

  /** Declares a variable with the sum of {@code a}·{@code b} over {@code range}. */
  public Expr.Variable dot(
      String variable, Range range, Function<Expr, Expr> a, Function<Expr, Expr> b) {
    Expr.Variable total = let(variable, Expr.of(0f));
    loop("i", range, i -> addProduct(total, a.apply(i), b.apply(i)));
    return total;
  }

  /**
   * Declares a variable with the maximum of {@code value} over {@code range}, -Float.MAX_VALUE if
   * that is empty.
   */
  public Expr.Variable largest(String variable, Range range, Function<Expr, Expr> value) {
    Expr.Variable most = let(variable, Expr.of(-Float.MAX_VALUE));
    loop("i", range, i -> assign(most, most.max(value.apply(i))));
    return most;
  }

  /**
   * Declares a variable with the sum of all items' values in the group. All items must reach it.
   */
  public Expr.Variable groupSum(String variable, Expr value) {
    return groupReduce(variable, Stmt.ReduceOp.SUM, value);
  }

  /**
   * Declares a variable with the maximum of all items' values in the group. All items must reach
   * it.
   */
  public Expr.Variable groupMax(String variable, Expr value) {
    return groupReduce(variable, Stmt.ReduceOp.MAX, value);
  }

  /**
   * Declares a variable with the minimum of all items' values in the group. All items must reach
   * it.
   */
  public Expr.Variable groupMin(String variable, Expr value) {
    return groupReduce(variable, Stmt.ReduceOp.MIN, value);
  }

  private Expr.Variable groupReduce(String variable, Stmt.ReduceOp op, Expr value) {
    Expr.Variable result = new Expr.Variable(unused(variable), value.type());
    emit(new Stmt.GroupReduce(result, op, value));
    return result;
  }

  /**
   * Declares an array that the items of a group share; loads of other items' stores need a {@link
   * #barrier} in between.
   */
  public Memory.Array shared(String array, ScalarType type, int size) {
    return array(new Memory.Array(unused(array), type, size, Memory.Sharing.GROUP));
  }

  /**
   * Declares a private array of each item, which stays in registers if its indices are constant
   * after unrolling.
   */
  public Memory.Array registers(String array, ScalarType type, int size) {
    return array(new Memory.Array(unused(array), type, size, Memory.Sharing.ITEM));
  }

  private Memory.Array array(Memory.Array array) {
    emit(new Stmt.DeclareArray(array));
    return array;
  }

  /**
   * Adds a barrier: all items of the group must reach it, and see each other's earlier stores after
   * it.
   */
  public void barrier() {
    emit(new Stmt.Barrier());
  }

  private void emit(Stmt statement) {
    blocks.element().add(statement);
  }

  private List<Stmt> block(Runnable body) {
    blocks.push(new ArrayList<>());
    body.run();
    return blocks.pop();
  }

  private String unused(String wanted) {
    String free = wanted;
    for (int number = 2; !names.add(free); number++) {
      free = wanted + "_" + number;
    }
    return free;
  }
}
