package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * Products that leave out what comes to nothing, for weights of one form and size, one after the
 * other. One thread at a time may use it.
 *
 * <p>Blocks of packed weights are also left out where x is zero in all their columns, when it is a
 * row on its own.
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

  /** What is left out; {@code enum} of sparse.c. */
  private enum Kind {
    BLOCKS,
    OUTPUTS,
    DOTS,
    SUMS
  }

  /**
   * @param unit outputs that an entry of the mask stands for
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
    Weight weight = new Weight(form.format(), 0, form.in(), form.out());
    Rows x = new Rows(0, form.xWidth(), form.xWidth(), 0);
    Rows y = new Rows(0, form.yWidth(), wholeGroups(form.yWidth()), 0);
    List<Weight> weights = form.readsQuantised() ? List.of(weight) : List.of();
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

  /** Floats from one row of y to the next: those of a row, filled up to whole groups of 32. */
  public static long wholeGroups(long width) {
    return Math.ceilDiv(width, GROUP) * GROUP;
  }

  /**
   * {@code y = x W^T} for weights of which some blocks are kept, like {@code form}; where a mask
   * [rows, ceil(out / 16)] says so for 16 outputs, else 0.
   */
  public static SparseProduct ofBlocks(CpuKernels kernels, BlockWeight form, int threads) {
    return new SparseProduct(
        kernels, new Form(Kind.BLOCKS, form.format(), form.in(), form.out(), 16), threads);
  }

  /**
   * {@code y = x W^T} where a mask [rows, ceil(out / 16)] says so for 16 outputs, else 0; for
   * weights like {@code form}.
   */
  public static SparseProduct ofOutputBlocks(CpuKernels kernels, Weight form, int threads) {
    Kind kind = form.format().isPacked() ? Kind.OUTPUTS : Kind.DOTS;
    return new SparseProduct(
        kernels, new Form(kind, form.format(), form.in(), form.out(), 16), threads);
  }

  /** {@code y = x W^T} where a mask [rows, out] says so, else 0; for weights like {@code form}. */
  public static SparseProduct ofOutputs(CpuKernels kernels, RowWeight form, int threads) {
    return new SparseProduct(
        kernels, new Form(Kind.DOTS, form.format(), form.width(), form.rows(), 1), threads);
  }

  /**
   * {@code y = x W}, reading the rows of W for which x isn't zero; for weights like {@code form}.
   */
  public static SparseProduct ofInputs(CpuKernels kernels, RowWeight form, int threads) {
    return new SparseProduct(
        kernels, new Form(Kind.SUMS, form.format(), form.width(), form.rows(), 1), threads);
  }

  /** As the other, by a weight of which some blocks are kept. */
  public void run(
      BlockWeight weight, MemorySegment active, MemorySegment x, MemorySegment y, long rows) {
    put(OFFSETS, weight.offsets());
    put(COLUMNS, weight.columns());
    run(weight.address(), active, x, y, rows);
  }

  /**
   * y from x by the weight at an address.
   *
   * @param active a byte for each row and unit, 1: wanted; NULL: all is
   * @param x FP32, without gaps
   * @param y FP32, rows {@link #wholeGroups} apart
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
