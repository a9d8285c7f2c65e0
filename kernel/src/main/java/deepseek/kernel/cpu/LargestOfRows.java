package deepseek.kernel.cpu;

import deepseek.kernel.KernelException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The top-k operation of a step: the largest numbers of each row in descending order, ties by
 * ascending index, NaN before all numbers.
 *
 * <p>It does nothing until {@link #want} is called. Results stay valid until the step's next run.
 */
public final class LargestOfRows {
  /** The largest k, as in top.c. */
  public static final int MOST = 65;

  private static final int MOST_PARTS = 64;
  private static final int LEAST_SHARE = 4096;
  private static final int GROUP = 64;
  private static final int WORDS = 12;
  private static final int WANTED = 4;

  private final MemorySegment op;
  private final MemorySegment values;
  private final MemorySegment ids;
  private final long width;
  private int wanted;

  private LargestOfRows(MemorySegment op, MemorySegment values, MemorySegment ids, long width) {
    this.op = op;
    this.values = values;
    this.ids = ids;
    this.width = width;
  }

  /** Plans the operation for {@code x}, rows that all threads share. */
  public static LargestOfRows of(StepPlanner planner, Rows x) {
    int rows = planner.rowsNow();
    long share = Math.max(LEAST_SHARE, Math.ceilDiv(x.width(), MOST_PARTS * GROUP) * (long) GROUP);
    long parts = Math.ceilDiv(x.width(), share);
    MemorySegment values = planner.words(Math.ceilDiv(rows * MOST, 2));
    MemorySegment ids = planner.words(rows * MOST);
    MemorySegment known = planner.words(Math.ceilDiv(rows, 2));
    for (int row = 0; row < rows; row++) {
      known.setAtIndex(ValueLayout.JAVA_FLOAT, row, Float.NEGATIVE_INFINITY);
    }
    // top_t
    MemorySegment op =
        planner
            .structure(WORDS)
            .put(x)
            .put(x.width())
            .put(0)
            .put(share)
            .put(parts)
            .put(planner.words(Math.toIntExact(rows * parts * MOST)).address())
            .put(planner.words(Math.ceilDiv(rows, 2)).address())
            .put(known.address())
            .put(values.address())
            .put(ids.address())
            .end();
    planner.add(StepPlanner.Kind.TOP, op, 1);
    return new LargestOfRows(op, values, ids, x.width());
  }

  /** Sets k from the next run on, at most the row's width; 0 disables the operation. */
  public void want(int count) {
    if (count < 0 || count > MOST) {
      throw new KernelException(
          "find the largest", "0 to " + MOST + " of a row", count + "", "take the whole row");
    }
    wanted = (int) Math.min(count, width);
    op.setAtIndex(ValueLayout.JAVA_LONG, WANTED, wanted);
  }

  /** The numbers found per row. */
  public int count() {
    return wanted;
  }

  /** The column of a row's {@code rank}-th largest number. */
  public int id(int row, int rank) {
    return (int) ids.getAtIndex(ValueLayout.JAVA_LONG, (long) row * wanted + rank);
  }

  /** A row's {@code rank}-th largest number. */
  public float value(int row, int rank) {
    return values.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * wanted + rank);
  }
}
