package deepseek.devices.ops;

import deepseek.devices.ir.Kernel;
import java.util.function.IntFunction;

/** A named kernel; {@code description} creates it for a group size. */
public record Operator(String name, String summary, IntFunction<Kernel> description) {
  /**
   * The kernel for groups of about {@code width} items: 1 for CPUs, which vectorise inside an item,
   * 64 or more for devices that run items in parallel. Operators of independent items, and those
   * whose tiles determine the group size, ignore it.
   */
  public Kernel kernel(int width) {
    return description.apply(width);
  }
}
