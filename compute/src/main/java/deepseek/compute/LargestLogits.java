package deepseek.compute;

import deepseek.kernel.cpu.LargestOfRows;

/**
 * The largest logits of the rows picked in a plan's last run: by falling value, of equals the lower
 * id, NaN before all numbers. The next run makes them anew.
 *
 * <p>Throws {@link ComputeException} for rows that were not picked, and once others are looked for.
 */
public final class LargestLogits {
  /** Most that can be asked for. */
  public static final int MOST = LargestOfRows.MOST;

  private final Plan plan;
  private final int search;

  LargestLogits(Plan plan, int search) {
    this.plan = plan;
    this.search = search;
  }

  /** Ids of a row's, as many as were asked for or as there are. */
  public int[] ids(int row) {
    return plan.largestIds(search, row);
  }

  /** Those logits of a row, the largest first. */
  public float[] values(int row) {
    return plan.largestValues(search, row);
  }

  /** All of a row's logits [V], for when the largest don't tell. */
  public float[] all(int row) {
    return plan.logitsOf(search, row);
  }
}
