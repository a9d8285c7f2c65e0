package deepseek.devices.ir;

import deepseek.kernel.KernelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks a whole kernel: scopes, arrays, the grid, and that all items reach each barrier. */
final class Validator {
  /** Shared memory per group available on every target: 32 KB. */
  private static final int SHARED_WORDS = 8192;

  /** Vulkan's guaranteed size of push constants: 128 bytes. */
  private static final int MOST_PARAMETERS = 32;

  private final String operation;
  private final Grid grid;
  private final Uniformity uniformity;
  private final Deque<Map<String, ScalarType>> scopes = new ArrayDeque<>();
  private final Set<String> fixed = new HashSet<>();
  private final Set<Memory> memories = new HashSet<>();
  private int sharedWords;

  private Validator(String name, List<Argument> arguments, Grid grid, List<Stmt> body) {
    operation = "describe " + name;
    this.grid = grid;
    uniformity = Uniformity.of(arguments, body);
  }

  static void check(String name, List<Argument> arguments, Grid grid, List<Stmt> body) {
    Names.check("describe a kernel", name);
    Validator validator = new Validator(name, arguments, grid, body);
    validator.enter(arguments);
    grid.extents().forEach(validator::checkExtent);
    validator.visit(body, false, true);
  }

  private void enter(List<Argument> arguments) {
    scopes.push(new HashMap<>());
    for (Argument argument : arguments) {
      declare(argument.name(), argument.type());
      fixed.add(argument.name());
      if (argument instanceof Memory.Buffer buffer) {
        memories.add(buffer);
      }
    }
    long parameters = arguments.stream().filter(Parameter.class::isInstance).count();
    if (parameters > MOST_PARAMETERS) {
      throw wrong(
          "at most " + MOST_PARAMETERS + " parameters",
          String.valueOf(parameters),
          "put numbers into a buffer");
    }
  }

  /**
   * The host evaluates extents from parameters before a launch, so they are limited to integer
   * arithmetic.
   */
  private void checkExtent(Expr extent) {
    boolean hostKnows =
        switch (extent) {
          case Expr.IntLiteral _ -> true;
          case Expr.Variable variable -> {
            checkVariable(variable);
            yield variable.type() == ScalarType.I32;
          }
          case Expr.Binary binary ->
              switch (binary.op()) {
                case ADD, SUBTRACT, MULTIPLY, DIVIDE, REMAINDER, MIN, MAX -> true;
                case AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT -> false;
              };
          case Expr _ -> false;
        };
    if (!hostKnows) {
      throw wrong(
          "extents that are sums, products and quotients of parameters",
          extent.getClass().getSimpleName(),
          "pass the size as a parameter");
    }
    extent.children().forEach(this::checkExtent);
  }

  private void visit(List<Stmt> body, boolean someOnly, boolean outermost) {
    scopes.push(new HashMap<>());
    body.forEach(statement -> visit(statement, someOnly, outermost));
    scopes.pop();
  }

  private void visit(Stmt statement, boolean someOnly, boolean outermost) {
    statement.values().forEach(this::checkValue);
    switch (statement) {
      case Stmt.Declare declare -> declare(declare.variable().name(), declare.variable().type());
      case Stmt.DeclareArray array -> declare(array.array(), outermost);
      case Stmt.Assign assign -> checkAssigned(assign.variable());
      case Stmt.Store store -> checkMemory(store.memory(), store.index());
      case Stmt.For loop -> {
        scopes.push(new HashMap<>());
        declare(loop.index().name(), ScalarType.I32);
        fixed.add(loop.index().name());
        visit(loop.body(), someOnly || diverges(loop), false);
        scopes.pop();
      }
      case Stmt.If branch -> {
        boolean some = someOnly || !uniformity.isUniform(branch.condition());
        visit(branch.then(), some, false);
        visit(branch.otherwise(), some, false);
      }
      case Stmt.Block block -> visit(block.body(), someOnly, false);
      case Stmt.ForItems items -> visit(items.body(), true, false);
      case Stmt.GroupReduce reduce -> {
        checkBarrier(someOnly);
        declare(reduce.result().name(), reduce.result().type());
      }
      case Stmt.Barrier _ -> checkBarrier(someOnly);
    }
  }

  private boolean diverges(Stmt.For loop) {
    return !uniformity.isUniform(loop.from()) || !uniformity.isUniform(loop.to());
  }

  private void declare(String name, ScalarType type) {
    if (scopes.stream().anyMatch(scope -> scope.containsKey(name))) {
      throw wrong("each name declared once", "'" + name + "' twice", "choose another name");
    }
    scopes.element().put(name, type);
  }

  private void declare(Memory.Array array, boolean outermost) {
    if (array.sharing() == Memory.Sharing.GROUP) {
      if (!(grid instanceof Grid.Groups) || !outermost) {
        throw wrong(
            "shared arrays of a kernel over groups, before any branch or loop",
            array.name() + " elsewhere",
            "declare it first, and lay out groups");
      }
      sharedWords += array.size();
    }
    if (sharedWords > SHARED_WORDS) {
      throw wrong(
          "shared arrays of " + SHARED_WORDS + " words in all",
          String.valueOf(sharedWords),
          "use a smaller tile");
    }
    declare(array.name(), array.type());
    fixed.add(array.name());
    memories.add(array);
  }

  private void checkValue(Expr value) {
    switch (value) {
      case Expr.Variable variable -> checkVariable(variable);
      case Expr.Load load -> checkMemory(load.memory(), load.index());
      case Expr.WorkIndex index -> checkIndex(index);
      case Expr _ -> {}
    }
    value.children().forEach(this::checkValue);
  }

  private void checkVariable(Expr.Variable variable) {
    ScalarType declared =
        scopes.stream()
            .filter(scope -> scope.containsKey(variable.name()))
            .map(scope -> scope.get(variable.name()))
            .findFirst()
            .orElseThrow(
                () ->
                    wrong(
                        "variables declared in the same or an outer block",
                        "'" + variable.name() + "'",
                        "declare it before the block that uses it"));
    if (declared != variable.type()) {
      throw wrong(
          variable.name() + " as " + declared, variable.type().name(), "cast where it is used");
    }
  }

  private void checkAssigned(Expr.Variable variable) {
    checkVariable(variable);
    if (fixed.contains(variable.name())) {
      throw wrong(
          "assignments to declared variables",
          "one to '" + variable.name() + "'",
          "parameters and loop indices don't change: declare a variable");
    }
  }

  private void checkMemory(Memory memory, Expr index) {
    boolean inScope = scopes.stream().anyMatch(scope -> scope.containsKey(memory.name()));
    if (!memories.contains(memory) || !inScope) {
      throw wrong(
          "memory declared by this kernel",
          "'" + memory.name() + "'",
          "declare it with input, output, inout, shared or registers");
    }
    if (memory instanceof Memory.Array array
        && index instanceof Expr.IntLiteral place
        && (place.value() < 0 || place.value() >= array.size())) {
      throw wrong(
          array.name() + " at 0 to " + (array.size() - 1),
          String.valueOf(place.value()),
          "mend the index");
    }
  }

  private void checkIndex(Expr.WorkIndex index) {
    if (index.axis() >= grid.axes()) {
      throw wrong(
          "work indices of the grid's " + grid.axes() + " axes",
          "axis " + index.axis(),
          "lay out more axes");
    }
    if (grid instanceof Grid.Items && index.level() != Expr.Level.GLOBAL) {
      throw wrong(
          "item(..) in a kernel over items", "group(..) or local(..)", "lay out groups instead");
    }
  }

  private void checkBarrier(boolean someOnly) {
    if (!(grid instanceof Grid.Groups)) {
      throw wrong(
          "barriers and group reductions in kernels over groups",
          "one in a kernel over items",
          "lay out groups instead");
    }
    if (someOnly) {
      throw wrong(
          "barriers that all items of a group reach",
          "one under a condition or loop that differs between items",
          "move it out, or decide by parameters and groups alone");
    }
  }

  private KernelException wrong(String expected, String got, String remedy) {
    return new KernelException(operation, expected, got, remedy);
  }
}
