package deepseek.devices.ops;

import deepseek.devices.ir.Kernel;
import java.util.function.IntFunction;

/** A kernel by name; {@code description} makes it for groups of so many items. */
public record Operator(String name, String summary, IntFunction<Kernel> description) {
  /**
   * The kernel for groups of about {@code width} items: 1 for processors, whose lanes are inside an
   * item, 64 or more for devices that run items side by side. Operators of independent items, and
   * those whose tiles fix the shape, are the same for all.
   */
  public Kernel kernel(int width) {
    return description.apply(width);
  }
}
