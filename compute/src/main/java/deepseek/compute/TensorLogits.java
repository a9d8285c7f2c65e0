package deepseek.compute;

import java.util.Comparator;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The largest logits of a tensor's rows. One of each is found for all rows at once, where the
 * tensor is; of several, a row comes to the CPU.
 */
final class TensorLogits implements LargestLogits {
  private final Tensor logits;
  private final int count;
  private final @Nullable Found[] found;

  /** A row's. */
  private record Found(int[] ids, float[] values) {}

  TensorLogits(Tensor logits, int count) {
    if (logits.rank() != 2 || count < 0 || count > MOST) {
      throw new ComputeException(
          "find the largest logits",
          "0 to " + MOST + " of logits [R, V]",
          count + " of " + logits.describe(),
          "pass the rows' logits");
    }
    this.logits = logits;
    this.count = count;
    this.found = new Found[Math.toIntExact(logits.size(0))];
  }

  private void requireRow(int row) {
    logits.look("find the largest logits");
    if (row < 0 || row >= found.length) {
      throw new ComputeException(
          "find the largest logits",
          "rows from 0 to " + (found.length - 1),
          String.valueOf(row),
          "ask for one of them");
    }
  }

  private Found found(int row) {
    requireRow(row);
    if (found[row] == null) {
      if (count == 1) {
        findLargest();
      } else {
        found[row] = sorted(all(row));
      }
    }
    return Objects.requireNonNull(found[row]);
  }

  private void findLargest() {
    try (Scope scope = Scope.open()) {
      Tensor best = logits.argmax(-1);
      long[] ids = best.toLongs();
      float[] values = logits.gather(-1, best.unsqueeze(-1)).toFloats();
      for (int row = 0; row < ids.length; row++) {
        found[row] = new Found(new int[] {(int) ids[row]}, new float[] {values[row]});
      }
    }
  }

  private Found sorted(float[] all) {
    int[] ids =
        IntStream.range(0, all.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer id) -> -rank(all[id])))
            .limit(count)
            .mapToInt(Integer::intValue)
            .toArray();
    float[] values = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      values[i] = all[ids[i]];
    }
    return new Found(ids, values);
  }

  /** NaN before all numbers. */
  private static double rank(float logit) {
    return Float.isNaN(logit) ? Double.POSITIVE_INFINITY : logit;
  }

  @Override
  public int[] ids(int row) {
    return found(row).ids().clone();
  }

  @Override
  public float[] values(int row) {
    return found(row).values().clone();
  }

  @Override
  public float[] all(int row) {
    requireRow(row);
    try (Scope scope = Scope.open()) {
      return logits.select(0, row).toFloats();
    }
  }
}
