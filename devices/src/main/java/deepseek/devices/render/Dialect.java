package deepseek.devices.render;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.ScalarType;
import deepseek.devices.ir.Stmt;
import deepseek.devices.lower.Lowering;
import java.util.List;

/** The differences in syntax between target languages. */
interface Dialect {
  /** The kernel lowered for this target. */
  default Kernel lower(Kernel kernel) {
    return Lowering.forGroups(kernel);
  }

  /** Prints the whole source, including the kernel's body. */
  void frame(Kernel kernel, Printer out);

  String type(ScalarType type);

  /** The function for an operation other than NEGATE and NOT. */
  String function(Expr.UnaryOp op, ScalarType type);

  /** The function for MIN or MAX. */
  String extreme(Expr.BinaryOp op, ScalarType type);

  String fma();

  /** Whether a cast is written float(x) rather than (float)x. */
  default boolean castsLikeCalls() {
    return false;
  }

  /** The function that reinterprets the bits of {@code from} as {@code to}, two different types. */
  String bits(ScalarType to, ScalarType from);

  /** The value of a work index of {@code kernel}. */
  String workIndex(Expr.WorkIndex index, Kernel kernel);

  String barrier();

  /** The qualifier before an array's type. */
  default String qualifier(Memory.Sharing sharing) {
    return "";
  }

  /** The line before a loop, if any. */
  default List<String> hint(Stmt.Hint hint) {
    return List.of();
  }

  static char letter(int axis) {
    return "xyz".charAt(axis);
  }

  /**
   * Prints a loop over the items of a group; only for targets whose {@link #lower} creates such
   * loops.
   */
  default void items(Kernel kernel, Stmt.ForItems items, Printer out) {
    throw new IllegalStateException("this target runs a group's items side by side");
  }
}
