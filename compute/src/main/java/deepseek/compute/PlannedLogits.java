package deepseek.compute;

/** The largest logits of the rows picked in a plan's last run. */
final class PlannedLogits implements LargestLogits {
  private final Plan plan;
  private final int search;

  PlannedLogits(Plan plan, int search) {
    this.plan = plan;
    this.search = search;
  }

  @Override
  public int[] ids(int row) {
    return plan.largestIds(search, row);
  }

  @Override
  public float[] values(int row) {
    return plan.largestValues(search, row);
  }

  @Override
  public float[] all(int row) {
    return plan.logitsOf(search, row);
  }
}
