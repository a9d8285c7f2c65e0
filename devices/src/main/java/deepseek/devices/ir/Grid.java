package deepseek.devices.ir;

import deepseek.kernel.KernelException;
import java.util.List;
import java.util.stream.IntStream;

/** The number and grouping of work items; extents are I32 expressions of parameters. */
public sealed interface Grid {
  int MOST_AXES = 3;

  /** The extent along each axis, in items or in groups. */
  List<Expr> extents();

  /** The size of a group along each axis, on targets that launch groups. */
  List<Integer> shape();

  /** The size of a group along three axes, 1 along missing ones. */
  default List<Integer> shapeOfThree() {
    return IntStream.range(0, MOST_AXES)
        .mapToObj(axis -> axis < axes() ? shape().get(axis) : 1)
        .toList();
  }

  /** The number of axes, 1 to 3. */
  default int axes() {
    return extents().size();
  }

  /** Independent items; targets choose the groups, so there are no barriers. */
  record Items(List<Expr> extents) implements Grid {
    private static final int WIDTH = 64;

    public Items {
      extents = checked(extents);
    }

    @Override
    public List<Integer> shape() {
      return IntStream.range(0, axes()).mapToObj(axis -> axis == 0 ? WIDTH : 1).toList();
    }
  }

  /** Groups of size {@code shape} whose items share arrays and synchronise at barriers. */
  record Groups(List<Expr> extents, List<Integer> shape) implements Grid {
    private static final int LARGEST = 256;

    public Groups {
      extents = checked(extents);
      shape = List.copyOf(shape);
      int items = shape.stream().reduce(1, (a, b) -> a * b);
      if (shape.size() != extents.size() || items < 1 || items > LARGEST) {
        throw new KernelException(
            "lay out groups",
            "a shape of " + extents.size() + " axes and at most " + LARGEST + " items",
            shape.toString(),
            "let an item do more");
      }
    }

    /** The number of items in a group. */
    public int items() {
      return shape.stream().reduce(1, (a, b) -> a * b);
    }

    /** The item's linear index in its group, with axis 0 the fastest. */
    public Expr place() {
      Expr place = new Expr.WorkIndex(Expr.Level.LOCAL, 0);
      int stride = shape.getFirst();
      for (int axis = 1; axis < axes(); axis++) {
        if (shape.get(axis) > 1) {
          place = new Expr.WorkIndex(Expr.Level.LOCAL, axis).times(stride).plus(place);
          stride *= shape.get(axis);
        }
      }
      return place;
    }
  }

  private static List<Expr> checked(List<Expr> extents) {
    if (extents.isEmpty() || extents.size() > MOST_AXES) {
      throw new KernelException(
          "lay out the grid", "1 to 3 axes", String.valueOf(extents.size()), "fold axes together");
    }
    extents.forEach(extent -> Types.require("lay out the grid", ScalarType.I32, extent));
    return List.copyOf(extents);
  }
}
