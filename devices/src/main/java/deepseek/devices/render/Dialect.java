package deepseek.devices.render;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.ScalarType;
import deepseek.devices.ir.Stmt;
import deepseek.devices.lower.Lowering;
import java.util.List;

/** What a language spells differently from the others. */
interface Dialect {
  /** The kernel as this target runs it. */
  default Kernel lower(Kernel kernel) {
    return Lowering.forGroups(kernel);
  }

  /** Prints everything: what stands before and after the body, and the body. */
  void frame(Kernel kernel, Printer out);

  String type(ScalarType type);

  /** The function for an operation other than NEGATE and NOT. */
  String function(Expr.UnaryOp op, ScalarType type);

  /** The function for MIN or MAX. */
  String extreme(Expr.BinaryOp op, ScalarType type);

  String fma();

  /** Whether a cast is spelt float(x) rather than (float)x. */
  default boolean castsLikeCalls() {
    return false;
  }

  /** The function that reads the bits of {@code from} as {@code to}, where those differ. */
  String bits(ScalarType to, ScalarType from);

  /** The value of a work index of {@code kernel}. */
  String workIndex(Expr.WorkIndex index, Kernel kernel);

  String barrier();

  /** What stands before an array's type. */
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

  /** Prints a loop over the items of a group; only for what {@link #lower} makes such loops for. */
  default void items(Kernel kernel, Stmt.ForItems items, Printer out) {
    throw new IllegalStateException("this target runs a group's items side by side");
  }
}
