package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * Sparse products, which skip what would add zero, for any weight of one format and shape. Not
 * thread-safe.
 *
 * <p>For a single row, blocks of packed weights are also skipped where x is zero in all their
 * columns.
 */
public final class SparseProduct implements AutoCloseable {
  private static final int ROWS = 64;
  private static final long GROUP = 32;
  // In sparse_t.
  private static final int DATA = 2;
  private static final int OFFSETS = 5;
  private static final int COLUMNS = 6;
  private static final int ACTIVE = 7;
  private static final int X = 10;
  private static final int Y = X + 3 + Quantised.WORDS;

  /** What is skipped; an {@code enum} in sparse.c. */
  private enum Kind {
    BLOCKS,
    OUTPUTS,
    DOTS,
    SUMS
  }

  /**
   * @param unit outputs per entry of the mask
   */
  private record Form(Kind kind, WeightFormat format, long in, long out, int unit) {
    long xWidth() {
      return kind == Kind.SUMS ? out : in;
    }

    long yWidth() {
      return kind == Kind.SUMS ? in : out;
    }

    boolean readsQuantised() {
      return format.isPacked() && (kind == Kind.BLOCKS || kind == Kind.OUTPUTS);
    }
  }

  private final Form form;
  private final MemorySegment operation;
  private final ProductByRows product;

  private SparseProduct(CpuKernels kernels, Form form, int threads) {
    this.form = form;
    StepPlanner planner =
        new StepPlanner(kernels.withSparse(), new StepPlanner.Limits(ROWS, 1, threads));
    WeightOperand weight = new WeightOperand(form.format(), 0, form.in(), form.out());
    Rows x = new Rows(0, form.xWidth(), form.xWidth(), 0);
    Rows y = new Rows(0, form.yWidth(), wholeGroups(form.yWidth()), 0);
    List<WeightOperand> weights = form.readsQuantised() ? List.of(weight) : List.of();
    Quantised q = planner.operand(x, 0, 0, weights).packed();
    Optional<MemorySegment> quantising = planner.last();
    long pieces = (long) threads * kernels.tuning().get(CpuTuning.Choice.CHUNKS);
    // sparse_t
    this.operation =
        planner
            .structure(Y + 3)
            .put(form.kind().ordinal())
            .put(weight)
            .put(0)
            .put(0)
            .put(0)
            .put(Integer.numberOfTrailingZeros(form.unit()))
            .put(pieces)
            .put(x)
            .put(q)
            .put(y)
            .end();
    planner.sparse(operation, chunk(form, threads, pieces));
    this.product =
        new ProductByRows(
            planner.build(),
            quantising,
            new ProductByRows.Side(operation, X, x),
            new ProductByRows.Side(operation, Y, y));
  }

  private static long chunk(Form form, int threads, long pieces) {
    return switch (form.kind()) {
      case BLOCKS -> 1;
      case SUMS -> Math.max(1, Math.ceilDiv(Math.ceilDiv(form.in(), GROUP), 2L * threads));
      case OUTPUTS, DOTS -> Math.clamp(Math.ceilDiv(form.out(), 16L) / pieces, 1, 16);
    };
  }

  /** The row stride of y in floats: the width rounded up to whole groups of 32. */
  public static long wholeGroups(long width) {
    return Math.ceilDiv(width, GROUP) * GROUP;
  }

  /**
   * {@code y = x W^T} for block-sparse weights of {@code form}'s format and shape; 0 where the mask
   * [rows, ceil(out / 16)] excludes a group of 16 outputs.
   */
  public static SparseProduct ofBlocks(CpuKernels kernels, BlockWeight form, int threads) {
    return new SparseProduct(
        kernels, new Form(Kind.BLOCKS, form.format(), form.in(), form.out(), 16), threads);
  }

  /**
   * {@code y = x W^T} for weights of {@code form}'s format and shape; 0 where the mask [rows,
   * ceil(out / 16)] excludes a group of 16 outputs.
   */
  public static SparseProduct ofOutputBlocks(CpuKernels kernels, WeightOperand form, int threads) {
    Kind kind = form.format().isPacked() ? Kind.OUTPUTS : Kind.DOTS;
    return new SparseProduct(
        kernels, new Form(kind, form.format(), form.in(), form.out(), 16), threads);
  }

  /**
   * {@code y = x W^T} for weights of {@code form}'s format and shape; 0 where the mask [rows, out]
   * excludes an output.
   */
  public static SparseProduct ofOutputs(CpuKernels kernels, RowWeight form, int threads) {
    return new SparseProduct(
        kernels, new Form(Kind.DOTS, form.format(), form.width(), form.rows(), 1), threads);
  }

  /**
   * {@code y = x W} for weights of {@code form}'s format and shape, reading only the rows of W for
   * which x isn't zero.
   */
  public static SparseProduct ofInputs(CpuKernels kernels, RowWeight form, int threads) {
    return new SparseProduct(
        kernels, new Form(Kind.SUMS, form.format(), form.width(), form.rows(), 1), threads);
  }

  /** Multiplies by a block-sparse weight. */
  public void run(
      BlockWeight weight, MemorySegment active, MemorySegment x, MemorySegment y, long rows) {
    put(OFFSETS, weight.offsets());
    put(COLUMNS, weight.columns());
    run(weight.address(), active, x, y, rows);
  }

  /**
   * Multiplies by the weight at an address.
   *
   * @param active the mask, a byte for each row and unit: 1 computes it; NULL: all
   * @param x FP32, contiguous
   * @param y FP32, with a row stride of {@link #wholeGroups}
   */
  public void run(long weight, MemorySegment active, MemorySegment x, MemorySegment y, long rows) {
    long mask = active.address();
    long maskRow = Math.ceilDiv(form.out(), form.unit());
    put(DATA, weight);
    product.run(x, y, rows, first -> put(ACTIVE, mask == 0 ? 0 : mask + first * maskRow));
  }

  private void put(long word, long address) {
    operation.setAtIndex(ValueLayout.JAVA_LONG, word, address);
  }

  @Override
  public void close() {
    product.close();
  }
}
