package deepseek.devices.runtime;

import deepseek.devices.ir.Argument;
import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Grid;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.Parameter;
import deepseek.kernel.KernelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A launch of a kernel, with checked arguments and the size of its grid.
 *
 * @param extents of the grid on all three axes, in items or groups depending on the kernel
 */
record Launch(Kernel kernel, List<LaunchArgument> arguments, List<Integer> extents) {
  static Launch of(Kernel kernel, LaunchArgument... given) {
    List<LaunchArgument> arguments = List.of(given);
    if (arguments.size() != kernel.arguments().size()) {
      throw wrong(
          kernel, kernel.arguments().size() + " arguments", String.valueOf(arguments.size()));
    }
    Map<String, Scalar> parameters = new HashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      check(kernel, kernel.arguments().get(i), arguments.get(i), parameters);
    }
    checkOverlap(kernel, arguments);
    List<Integer> extents = new ArrayList<>();
    for (Expr extent : kernel.grid().extents()) {
      extents.add(size(kernel, extent, parameters));
    }
    while (extents.size() < Grid.MOST_AXES) {
      extents.add(1);
    }
    return new Launch(kernel, arguments, List.copyOf(extents));
  }

  private static void check(
      Kernel kernel, Argument argument, LaunchArgument given, Map<String, Scalar> parameters) {
    switch (argument) {
      case Memory.Buffer buffer -> {
        if (!(given instanceof DeviceBuffer)) {
          throw wrong(kernel, "a buffer for " + buffer.name(), given.toString());
        }
      }
      case Parameter parameter -> {
        if (!(given instanceof Scalar scalar) || scalar.type() != parameter.type()) {
          throw wrong(kernel, parameter.type() + " for " + parameter.name(), String.valueOf(given));
        }
        parameters.put(parameter.name(), scalar);
      }
    }
  }

  /** A buffer that is written may be passed only once: compilers assume no aliasing. */
  private static void checkOverlap(Kernel kernel, List<LaunchArgument> arguments) {
    Set<LaunchArgument> all = new HashSet<>();
    Set<LaunchArgument> twice = new HashSet<>();
    for (LaunchArgument argument : arguments) {
      if (argument instanceof DeviceBuffer && !all.add(argument)) {
        twice.add(argument);
      }
    }
    for (int i = 0; i < arguments.size(); i++) {
      if (kernel.arguments().get(i) instanceof Memory.Buffer buffer
          && buffer.access().writes()
          && twice.contains(arguments.get(i))) {
        throw wrong(kernel, "a buffer of its own for " + buffer.name(), "one that is given twice");
      }
    }
  }

  private static int size(Kernel kernel, Expr extent, Map<String, Scalar> parameters) {
    try {
      int size = evaluate(extent, parameters);
      if (size < 0) {
        throw wrong(kernel, "a grid of 0 or more", String.valueOf(size));
      }
      return size;
    } catch (ArithmeticException e) {
      throw wrong(kernel, "a grid that 32 bits can count", String.valueOf(e.getMessage()));
    }
  }

  private static int evaluate(Expr value, Map<String, Scalar> parameters) {
    return switch (value) {
      case Expr.IntLiteral(int number) -> number;
      case Expr.Variable variable -> Objects.requireNonNull(parameters.get(variable.name())).bits();
      case Expr.Binary(Expr.BinaryOp op, Expr left, Expr right) -> {
        int a = evaluate(left, parameters);
        int b = evaluate(right, parameters);
        yield switch (op) {
          case ADD -> Math.addExact(a, b);
          case SUBTRACT -> Math.subtractExact(a, b);
          case MULTIPLY -> Math.multiplyExact(a, b);
          case DIVIDE -> a / b;
          case REMAINDER -> a % b;
          case MIN -> Math.min(a, b);
          case MAX -> Math.max(a, b);
          case AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT ->
              throw new ArithmeticException(op + " in it");
        };
      }
      case Expr other -> throw new ArithmeticException(other + " in it");
    };
  }

  private static KernelException wrong(Kernel kernel, String expected, String got) {
    return new KernelException(
        "launch " + kernel.name(), expected, got, "give what the kernel declares, in its order");
  }

  /** Whether there is nothing to do. */
  boolean isEmpty() {
    return extents.contains(0);
  }

  /** The total number of items or groups. */
  long count() {
    return extents.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  /** Groups along each axis, rounded up. */
  List<Integer> groups() {
    return switch (kernel.grid()) {
      case Grid.Groups _ -> extents;
      case Grid.Items items -> {
        List<Integer> groups = new ArrayList<>(extents);
        int width = items.shape().getFirst();
        groups.set(0, Math.ceilDiv(extents.getFirst(), width));
        yield groups;
      }
    };
  }

  /**
   * Groups along each axis, for a device with these unsigned limits.
   *
   * @throws KernelException if one of them is exceeded
   */
  List<Integer> groups(List<Integer> most) {
    List<Integer> groups = groups();
    for (int axis = 0; axis < Grid.MOST_AXES; axis++) {
      if (Integer.compareUnsigned(groups.get(axis), most.get(axis)) > 0) {
        throw new KernelException(
            "launch " + kernel.name(),
            "at most " + most + " groups along the axes",
            groups.toString(),
            "launch it in parts");
      }
    }
    return groups;
  }

  /** Argument {@code i} as a buffer of this runtime. */
  <B extends DeviceBuffer> B buffer(int i, Class<B> kind) {
    LaunchArgument argument = arguments.get(i);
    if (!kind.isInstance(argument)) {
      throw wrong(
          kernel, "buffers of the runtime that compiled it", argument.getClass().getSimpleName());
    }
    return kind.cast(argument);
  }
}
