package deepseek.devices.lower;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Grid;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.Stmt;
import deepseek.devices.ir.Uniformity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * For targets that run a group's items one after the other: the code between two barriers becomes a
 * loop over the items, loops and branches around barriers are executed once per group, and
 * variables that live across a barrier are stored in arrays with a slice per item.
 *
 * <p>After MCUDA: Stratton, Stone, Hwu, "MCUDA: An Efficient Implementation of CUDA Kernels for
 * Multi-core CPUs", 2008.
 */
final class SplitAtBarriers implements Pass {
  @Override
  public Kernel apply(Kernel kernel) {
    if (!(kernel.grid() instanceof Grid.Groups groups)) {
      return kernel;
    }
    if (groups.items() == 1) {
      return kernel.withBody(withoutBarriers(kernel.body()));
    }
    Kernel byGroups =
        kernel.withBody(Rewrite.values(kernel.body(), value -> fromGroup(value, groups)));
    return kernel.withBody(new Splitting(byGroups, groups).split());
  }

  /** Computes the grid index from the group's index and the index in the group. */
  private static Expr fromGroup(Expr value, Grid.Groups groups) {
    return value instanceof Expr.WorkIndex(Expr.Level level, int axis) && level == Expr.Level.GLOBAL
        ? new Expr.WorkIndex(Expr.Level.GROUP, axis)
            .times(groups.shape().get(axis))
            .plus(new Expr.WorkIndex(Expr.Level.LOCAL, axis))
        : value;
  }

  private static List<Stmt> withoutBarriers(List<Stmt> body) {
    return body.stream()
        .filter(s -> !(s instanceof Stmt.Barrier))
        .map(s -> s.map(value -> value, SplitAtBarriers::withoutBarriers))
        .toList();
  }

  private static final class Splitting {
    private final Kernel kernel;
    private final Grid.Groups groups;
    private final Uniformity uniformity;
    private final Set<Expr.Variable> assigned;
    private final Map<String, Memory.Array> slices = new LinkedHashMap<>();

    Splitting(Kernel kernel, Grid.Groups groups) {
      this.kernel = kernel;
      this.groups = groups;
      uniformity = Uniformity.of(kernel);
      assigned =
          kernel
              .statements()
              .filter(Stmt.Assign.class::isInstance)
              .map(s -> ((Stmt.Assign) s).variable())
              .collect(Collectors.toSet());
    }

    List<Stmt> split() {
      List<Stmt> pieces = split(kernel.body());
      remembered(pieces).forEach(this::slice);
      List<Stmt> body = new ArrayList<>();
      List<Stmt> remembering = remember(pieces);
      slices.values().forEach(array -> body.add(new Stmt.DeclareArray(array)));
      body.addAll(remembering);
      return body;
    }

    private void slice(Expr.Variable variable) {
      slices.put(
          variable.name(),
          new Memory.Array(
              variable.name() + "_items", variable.type(), groups.items(), Memory.Sharing.SLICES));
    }

    private List<Stmt> split(List<Stmt> body) {
      List<Stmt> pieces = new ArrayList<>();
      List<Stmt> between = new ArrayList<>();
      for (Stmt statement : body) {
        if (statement instanceof Stmt.Barrier) {
          flush(between, pieces);
        } else if (hasBarrier(statement)) {
          flush(between, pieces);
          pieces.add(statement.map(value -> value, this::split));
        } else if (isOfGroup(statement)) {
          pieces.add(statement);
        } else {
          between.add(statement);
        }
      }
      flush(between, pieces);
      return pieces;
    }

    private static void flush(List<Stmt> between, List<Stmt> pieces) {
      if (!between.isEmpty()) {
        pieces.add(new Stmt.ForItems(between));
        between.clear();
      }
    }

    private static boolean hasBarrier(Stmt statement) {
      return statement.bodies().stream()
          .flatMap(List::stream)
          .anyMatch(nested -> nested instanceof Stmt.Barrier || hasBarrier(nested));
    }

    /** Declarations per group rather than per item: arrays, and uniform values. */
    private boolean isOfGroup(Stmt statement) {
      return switch (statement) {
        case Stmt.DeclareArray _ -> true;
        case Stmt.Declare declare ->
            !assigned.contains(declare.variable())
                && uniformity.isUniform(declare.value())
                && needsNoMemory(declare.value());
        case Stmt _ -> false;
      };
    }

    private boolean needsNoMemory(Expr value) {
      return switch (value) {
        case Expr.Load _ -> false;
        case Expr.Variable variable -> !assigned.contains(variable) && !isItems(variable);
        case Expr other -> other.children().stream().allMatch(this::needsNoMemory);
      };
    }

    /** Whether the variable is declared per item. */
    private boolean isItems(Expr.Variable variable) {
      return kernel
          .statements()
          .anyMatch(
              s ->
                  s instanceof Stmt.Declare declare
                      && declare.variable().equals(variable)
                      && !isOfGroup(declare));
    }

    /** Variables that are declared per item in one piece and used in another or by the group. */
    private static Set<Expr.Variable> remembered(List<Stmt> pieces) {
      List<Stmt.ForItems> regions = regions(pieces).toList();
      // In a deterministic order, so that the source stays the same and is found in the cache.
      Set<Expr.Variable> across = new LinkedHashSet<>();
      for (Stmt.ForItems region : regions) {
        Set<Expr.Variable> declared = declared(region);
        regions.stream()
            .filter(other -> !other.equals(region))
            .flatMap(other -> used(other.body()))
            .filter(declared::contains)
            .forEach(across::add);
        groupValues(pieces)
            .flatMap(Splitting::variables)
            .filter(declared::contains)
            .forEach(across::add);
      }
      return across;
    }

    private static Stream<Stmt.ForItems> regions(List<Stmt> pieces) {
      return pieces.stream()
          .flatMap(
              s ->
                  s instanceof Stmt.ForItems region
                      ? Stream.of(region)
                      : s.bodies().stream().flatMap(Splitting::regions));
    }

    private static Stream<Expr> groupValues(List<Stmt> pieces) {
      return pieces.stream()
          .filter(s -> !(s instanceof Stmt.ForItems))
          .flatMap(
              s ->
                  Stream.concat(
                      s.values().stream(), s.bodies().stream().flatMap(Splitting::groupValues)));
    }

    private static Set<Expr.Variable> declared(Stmt.ForItems region) {
      return region.body().stream()
          .filter(Stmt.Declare.class::isInstance)
          .map(s -> ((Stmt.Declare) s).variable())
          .collect(Collectors.toSet());
    }

    private static Stream<Expr.Variable> used(List<Stmt> body) {
      return body.stream()
          .flatMap(
              s ->
                  Stream.concat(
                      Stream.concat(
                          s.values().stream().flatMap(Splitting::variables), assignedBy(s)),
                      s.bodies().stream().flatMap(Splitting::used)));
    }

    private static Stream<Expr.Variable> assignedBy(Stmt statement) {
      return statement instanceof Stmt.Assign assign
          ? Stream.of(assign.variable())
          : Stream.empty();
    }

    private static Stream<Expr.Variable> variables(Expr value) {
      return value instanceof Expr.Variable variable
          ? Stream.of(variable)
          : value.children().stream().flatMap(Splitting::variables);
    }

    private List<Stmt> remember(List<Stmt> pieces) {
      return pieces.stream()
          .filter(s -> !isRegisters(s))
          .map(
              s ->
                  s instanceof Stmt.ForItems region
                      ? new Stmt.ForItems(remember(region))
                      : s.map(value -> Rewrite.value(value, this::ofFirstItem), this::remember))
          .toList();
    }

    /** Private arrays become slices as well. */
    private boolean isRegisters(Stmt statement) {
      if (statement instanceof Stmt.DeclareArray(Memory.Array array)
          && array.sharing() == Memory.Sharing.ITEM) {
        slices.put(array.name(), sliced(array));
        return true;
      }
      return false;
    }

    private Memory.Array sliced(Memory.Array array) {
      return new Memory.Array(
          array.name() + "_items",
          array.type(),
          array.size() * groups.items(),
          Memory.Sharing.SLICES);
    }

    /** Uniform values are evaluated for the first item. */
    private Expr ofFirstItem(Expr value) {
      return value instanceof Expr.Variable variable && slices.containsKey(variable.name())
          ? slices.get(variable.name()).at(0)
          : value;
    }

    private List<Stmt> remember(Stmt.ForItems region) {
      Set<Expr.Variable> declared = declared(region);
      Set<Expr.Variable> used = used(region.body()).collect(Collectors.toSet());
      List<Stmt> body = new ArrayList<>();
      List<Stmt> after = new ArrayList<>();
      Stream<Expr.Variable> all =
          Stream.concat(used.stream(), declared.stream())
              .distinct()
              .sorted(Comparator.comparing(Expr.Variable::name));
      for (Expr.Variable variable : (Iterable<Expr.Variable>) all::iterator) {
        Memory.Array slice = slices.get(variable.name());
        if (slice == null) {
          continue;
        }
        if (!declared.contains(variable)) {
          body.add(new Stmt.Declare(variable, slice.at(groups.place())));
        }
        if (declared.contains(variable) || assigns(region.body(), variable)) {
          after.add(new Stmt.Store(slice, groups.place(), variable));
        }
      }
      body.addAll(inSlices(region.body()));
      body.addAll(after);
      return body;
    }

    private static boolean assigns(List<Stmt> body, Expr.Variable variable) {
      return body.stream()
          .anyMatch(
              s ->
                  (s instanceof Stmt.Assign assign && assign.variable().equals(variable))
                      || s.bodies().stream().anyMatch(nested -> assigns(nested, variable)));
    }

    private List<Stmt> inSlices(List<Stmt> body) {
      return Rewrite.values(body, this::inSlice).stream().map(this::inSlice).toList();
    }

    private Expr inSlice(Expr value) {
      return value instanceof Expr.Load(Memory.Array array, Expr index)
              && array.sharing() == Memory.Sharing.ITEM
              && slices.containsKey(array.name())
          ? sliced(array).at(place(index))
          : value;
    }

    private Stmt inSlice(Stmt statement) {
      if (statement instanceof Stmt.Store(Memory.Array array, Expr index, Expr value)
          && array.sharing() == Memory.Sharing.ITEM
          && slices.containsKey(array.name())) {
        return new Stmt.Store(sliced(array), place(index), value);
      }
      return statement.map(value -> value, nested -> nested.stream().map(this::inSlice).toList());
    }

    private Expr place(Expr index) {
      return ConstantFolding.fold(index.times(groups.items()).plus(groups.place()));
    }
  }
}
