package deepseek.compute;

import deepseek.kernel.cpu.Rows;
import deepseek.kernel.cpu.StepProgram;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * An encoder as one run of the CPU's kernels; {@link TextPlanBuilder} makes it. The tokens of
 * several texts are rows next to each other, without padding, and each token attends to its own
 * text only. Nothing of a run is kept for the next. Calls from several threads take turns.
 *
 * <p>Throws {@link ComputeException} for what lies outside of the plan or of its weights.
 */
public final class TextPlan implements AutoCloseable {
  private static final String RUN = "run a plan of texts";

  private final StepProgram program;
  private final List<Table> tables;
  private final List<Tensor> weights;
  private final Rows hidden;
  private final List<Plan.Product> products;
  private boolean closed;

  /**
   * A table that tokens have rows in.
   *
   * @param rows of it
   * @param numbers INT64 [tokens], written before each run
   */
  record Table(long rows, MemorySegment numbers) {}

  /**
   * A text as the numbers of its tokens' rows in each table: {@code rows[i][n]} for token n in
   * table i.
   */
  public record Text(int[]... rows) {
    /** Tokens. */
    public int length() {
      return rows.length == 0 ? 0 : rows[0].length;
    }
  }

  TextPlan(
      StepProgram program,
      List<Table> tables,
      List<Tensor> weights,
      Rows hidden,
      List<Plan.Product> products) {
    this.program = program;
    this.tables = tables;
    this.weights = weights;
    this.hidden = hidden;
    this.products = products;
  }

  /** Most tokens of a run. */
  public int maxTokens() {
    return program.maxRows();
  }

  /** Values of a token's vector, D. */
  public int width() {
    return Math.toIntExact(hidden.width());
  }

  /** Each form of weights once. */
  public List<Plan.Product> products() {
    return products;
  }

  /**
   * Runs these texts, together at most {@link #maxTokens} long.
   *
   * @return the vectors [tokens, D] of all texts, in turn
   */
  public synchronized float[] run(List<Text> texts) {
    require(!closed, "an open plan", "a closed one", "run it before it is closed");
    long count = texts.stream().mapToLong(Text::length).sum();
    require(
        !texts.isEmpty()
            && count <= maxTokens()
            && texts.stream().allMatch(text -> text.length() > 0),
        "1 to " + maxTokens() + " tokens, at least one in each text",
        count + " in " + texts.size() + " texts",
        "run them in several calls");
    weights.forEach(weight -> weight.look(RUN));
    int row = 0;
    for (int i = 0; i < texts.size(); i++) {
      Text text = texts.get(i);
      write(text, row);
      program.span(i, row, text.length(), 0);
      row += text.length();
    }
    program.run(row, texts.size());
    return read(row);
  }

  private void write(Text text, int row) {
    require(
        text.rows().length == tables.size(),
        tables.size() + " numbers for each token",
        text.rows().length + "",
        "pass one for each table");
    for (int i = 0; i < tables.size(); i++) {
      Table table = tables.get(i);
      int[] numbers = text.rows()[i];
      require(
          numbers.length == text.length(),
          text.length() + " numbers",
          numbers.length + "",
          "pass one for each token");
      for (int n = 0; n < numbers.length; n++) {
        requireRow(numbers[n], table.rows());
        table.numbers().setAtIndex(ValueLayout.JAVA_LONG, (long) row + n, numbers[n]);
      }
    }
  }

  private static void requireRow(int row, long rows) {
    if (row < 0 || row >= rows) {
      throw new ComputeException(
          RUN,
          "rows from 0 to " + (rows - 1) + " of a table",
          String.valueOf(row),
          "check that tokenizer and model belong together");
    }
  }

  private float[] read(int rows) {
    int width = width();
    float[] all = new float[Math.multiplyExact(rows, width)];
    for (int row = 0; row < rows; row++) {
      MemorySegment from =
          MemorySegment.ofAddress(hidden.address() + row * hidden.stride() * Float.BYTES)
              .reinterpret((long) width * Float.BYTES);
      MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, 0, all, row * width, width);
    }
    return all;
  }

  private static void require(boolean holds, String expected, String got, String remedy) {
    if (!holds) {
      throw new ComputeException(RUN, expected, got, remedy);
    }
  }

  /** Frees the plan's own memory. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      program.close();
    }
  }
}
