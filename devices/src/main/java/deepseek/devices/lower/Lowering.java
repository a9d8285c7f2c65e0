package deepseek.devices.lower;

import deepseek.devices.ir.Kernel;
import java.util.List;

/** The passes in order, for the two kinds of machines. */
public final class Lowering {
  private static final List<Pass> SHARED =
      List.of(new ConstantFolding(), new Unrolling(), new ConstantFolding(), new GroupReductions());

  private Lowering() {}

  /** For machines that run the items of a group side by side, whole groups at a time. */
  public static Kernel forGroups(Kernel kernel) {
    return new Bounds().apply(shared(kernel));
  }

  /** For machines that run items one after the other, with vector lanes inside. */
  public static Kernel forLoops(Kernel kernel) {
    return new VectorHints().apply(new SplitAtBarriers().apply(shared(kernel)));
  }

  private static Kernel shared(Kernel kernel) {
    Kernel lowered = kernel;
    for (Pass pass : SHARED) {
      lowered = pass.apply(lowered);
    }
    return lowered;
  }
}
