package deepseek.compute;

import java.util.Comparator;
import java.util.stream.IntStream;

/** The largest logits of a tensor's rows. One a row is found where the tensor is. */
final class TensorLogits implements LargestLogits {
  private final Tensor logits;
  private final int count;

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
  }

  private Tensor row(int row) {
    if (row < 0 || row >= logits.size(0)) {
      throw new ComputeException(
          "find the largest logits",
          "rows from 0 to " + (logits.size(0) - 1),
          String.valueOf(row),
          "ask for one of them");
    }
    return logits.select(0, row);
  }

  @Override
  public int[] ids(int row) {
    try (Scope scope = Scope.open()) {
      if (count == 1) {
        return new int[] {(int) row(row).argmax(0).toLongs()[0]};
      }
      float[] all = row(row).toFloats();
      return IntStream.range(0, all.length)
          .boxed()
          .sorted(Comparator.comparingDouble((Integer id) -> -rank(all[id])))
          .limit(count)
          .mapToInt(Integer::intValue)
          .toArray();
    }
  }

  /** NaN before all numbers. */
  private static double rank(float logit) {
    return Float.isNaN(logit) ? Double.POSITIVE_INFINITY : logit;
  }

  @Override
  public float[] values(int row) {
    int[] ids = ids(row);
    float[] all = all(row);
    float[] values = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      values[i] = all[ids[i]];
    }
    return values;
  }

  @Override
  public float[] all(int row) {
    try (Scope scope = Scope.open()) {
      return row(row).toFloats();
    }
  }
}
