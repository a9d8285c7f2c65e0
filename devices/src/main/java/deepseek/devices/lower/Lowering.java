package deepseek.devices.lower;

import deepseek.devices.ir.Kernel;
import java.util.List;

/** The sequence of passes for each of the two kinds of targets. */
public final class Lowering {
  private static final List<Pass> SHARED =
      List.of(new ConstantFolding(), new Unrolling(), new ConstantFolding(), new GroupReductions());

  private Lowering() {}

  /** For targets that run the items of a group in parallel, in whole groups. */
  public static Kernel forGroups(Kernel kernel) {
    return new Bounds().apply(shared(kernel));
  }

  /** For targets that run items sequentially, with vector lanes inside an item. */
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
