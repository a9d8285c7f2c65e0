package deepseek.devices.lower;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Grid;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.Stmt;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Adds the check that an item is inside the grid, for targets that launch whole groups: the last
 * group extends beyond the grid if its size doesn't divide the extent.
 */
final class Bounds implements Pass {
  @Override
  public Kernel apply(Kernel kernel) {
    if (!(kernel.grid() instanceof Grid.Items items)) {
      return kernel;
    }
    Expr inside =
        IntStream.range(0, items.axes())
            .<Expr>mapToObj(
                axis -> new Expr.WorkIndex(Expr.Level.GLOBAL, axis).less(items.extents().get(axis)))
            .reduce(Expr::and)
            .orElseThrow();
    return kernel.withBody(List.of(new Stmt.If(inside, kernel.body(), List.of())));
  }
}
