package deepseek.compute;

import deepseek.kernel.cpu.LargestOfRows;

/**
 * The largest logits of some rows: by falling value, of equals the lower id, NaN before all
 * numbers. Those of a plan are valid until its next run, those of a tensor as long as it is.
 *
 * <p>Throws {@link ComputeException} for rows that there are not, and once they are not valid.
 */
public sealed interface LargestLogits permits PlannedLogits, TensorLogits {
  /** Most that can be asked for. */
  int MOST = LargestOfRows.MOST;

  /** The {@code count} largest of each row of logits [R, V]. */
  static LargestLogits of(Tensor logits, int count) {
    return new TensorLogits(logits, count);
  }

  /** Ids of a row's, as many as were asked for or as there are. */
  int[] ids(int row);

  /** Those logits of a row, the largest first. */
  float[] values(int row);

  /** All of a row's logits [V], for when the largest don't tell. */
  float[] all(int row);
}
