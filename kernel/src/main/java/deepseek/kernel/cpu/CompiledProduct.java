package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * {@code y = x W^T} outside a step program, for any weight of one format and shape. Not
 * thread-safe.
 */
public final class CompiledProduct implements PackedKernels.Product {
  private static final int ROWS = 256;
  // Offsets in product_t, in words: x follows 3 words, the weight's address follows x, q and one
  // word, and y is last.
  private static final long X = 3;
  private static final long WEIGHT = X + 3 + Quantised.WORDS + 1;
  private static final long Y = WEIGHT + 6;

  private final MemorySegment operation;
  private final ProductByRows product;

  /** For weights of {@code form}'s format and shape, with {@code threads} threads. */
  public CompiledProduct(CpuKernels kernels, WeightOperand form, int threads) {
    StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(ROWS, 1, threads));
    Rows x = new Rows(0, form.in(), form.in(), 0);
    Rows y = new Rows(0, form.out(), PackedKernels.wholeBlocks(form.out()), 0);
    StepPlanner.Operand operand = planner.operand(x, 0, 0, List.of(form));
    Optional<MemorySegment> quantising = planner.last();
    planner.product(
        operand,
        StepPlanner.Then.STORE,
        Gate.SILU,
        List.of(new StepPlanner.Part(form, form, 0, 0, y)));
    this.operation = planner.last().orElseThrow();
    this.product =
        new ProductByRows(
            planner.build(),
            quantising,
            new ProductByRows.Side(operation, X, x),
            new ProductByRows.Side(operation, Y, y));
  }

  @Override
  public void run(long weight, MemorySegment x, MemorySegment y, long rows) {
    operation.setAtIndex(ValueLayout.JAVA_LONG, WEIGHT, weight);
    product.run(x, y, rows, first -> {});
  }

  @Override
  public void close() {
    product.close();
  }
}
