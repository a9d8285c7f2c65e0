package deepseek.compute;

import deepseek.kernel.cpu.LargestOfRows;

/**
 * The largest logits of the rows picked in a plan's last run: by falling value, of equals the lower
 * id, NaN before all numbers. The next run makes them anew.
 */
public final class LargestLogits {
  /** Most that can be asked for. */
  public static final int MOST = LargestOfRows.MOST;

  private final Plan plan;
  private final LargestOfRows found;

  LargestLogits(Plan plan, LargestOfRows found) {
    this.plan = plan;
    this.found = found;
  }

  /** Ids of a row's, as many as were asked for or as there are. */
  public int[] ids(int row) {
    int[] ids = new int[found.count()];
    for (int rank = 0; rank < ids.length; rank++) {
      ids[rank] = found.id(row, rank);
    }
    return ids;
  }

  public float[] values(int row) {
    float[] values = new float[found.count()];
    for (int rank = 0; rank < values.length; rank++) {
      values[rank] = found.value(row, rank);
    }
    return values;
  }

  /** All of a row's logits [V], for when the largest don't tell. */
  public float[] all(int row) {
    return plan.logitsOf(row);
  }
}
