package deepseek.compute;

import deepseek.DeepseekException;

/**
 * A step that the CPU's kernels can't run as one plan. Whoever plans then runs the layers one by
 * one.
 */
public final class PlanRefusedException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  private final String lacking;

  /** {@code lacking} is what the kernels don't do. */
  public PlanRefusedException(String lacking) {
    super("plan a step", "what the CPU's kernels do", lacking, "run the layers one by one", null);
    this.lacking = lacking;
  }

  /** What the kernels don't do. */
  public String lacking() {
    return lacking;
  }
}
