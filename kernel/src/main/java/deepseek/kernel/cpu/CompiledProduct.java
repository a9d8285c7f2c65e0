package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * {@code y = x W^T} for weights of one form and size, one weight after the other: the same kernels
 * outside of a step. One thread at a time may use it.
 */
public final class CompiledProduct implements PackedKernels.Product {
  private static final int ROWS = 256;
  // In product_t x stands after 3 words, the weight's address after x, q and a word; y ends it.
  private static final long X_AT = 3L * Long.BYTES;
  private static final long WEIGHT_AT = X_AT + (3 + Quantised.WORDS + 1L) * Long.BYTES;
  private static final long Y_AT = WEIGHT_AT + 6L * Long.BYTES;

  private final Weight form;
  private final StepProgram program;
  private final MemorySegment product;
  private final Optional<MemorySegment> quantising;

  /** For weights like {@code form}, with {@code threads} threads. */
  public CompiledProduct(CpuKernels kernels, Weight form, int threads) {
    this.form = form;
    StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(ROWS, 1, threads));
    Rows x = new Rows(0, form.in(), form.in(), 0);
    Rows y = new Rows(0, form.out(), PackedKernels.wholeBlocks(form.out()), 0);
    StepPlanner.Operand operand = planner.operand(x, 0, 0, List.of(form));
    this.quantising = planner.last();
    planner.product(
        operand,
        StepPlanner.Then.STORE,
        StepPlanner.Gate.SILU,
        List.of(new StepPlanner.Part(form, form, 0, 0, y)));
    this.product = planner.last().orElseThrow();
    this.program = planner.build();
  }

  @Override
  public void run(long weight, MemorySegment x, MemorySegment y, long rows) {
    long xRow = form.in() * Float.BYTES;
    long yRow = PackedKernels.wholeBlocks(form.out()) * Float.BYTES;
    put(product, WEIGHT_AT, weight);
    for (long first = 0; first < rows; first += ROWS) {
      int count = (int) Math.min(ROWS, rows - first);
      long from = x.asSlice(first * xRow, count * xRow).address();
      quantising.ifPresent(op -> put(op, 0, from));
      put(product, X_AT, from);
      put(product, Y_AT, y.asSlice(first * yRow, count * yRow).address());
      program.run(1, count);
    }
  }

  private static void put(MemorySegment op, long at, long address) {
    op.set(ValueLayout.JAVA_LONG, at, address);
  }

  @Override
  public void close() {
    program.close();
  }
}
