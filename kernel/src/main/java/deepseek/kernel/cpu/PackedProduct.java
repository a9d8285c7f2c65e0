package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * {@code y = x W^T} for packed weights of one form and size, one weight after the other: the same
 * kernels outside of a step. One thread at a time may use it.
 */
public final class PackedProduct implements PackedKernels.Product {
  private static final int ROWS = 64;
  // The address of the first weight in product_t: after 3 words of its own, 3 of x, q and a format.
  private static final long WEIGHT_AT = (3L + 3 + Quantised.WORDS + 1) * Long.BYTES;

  private final StepProgram program;
  private final MemorySegment operation;
  private final Rows x;
  private final Rows y;

  /** For weights like {@code form}, with {@code threads} threads. */
  public PackedProduct(CpuKernels kernels, Weight form, int threads) {
    StepPlanner planner = new StepPlanner(kernels, new StepPlanner.Limits(ROWS, 1, threads));
    this.x = planner.rows(form.in());
    this.y = planner.rows(form.out());
    StepPlanner.Operand operand = planner.operand(x, 0, 0, List.of(form.format()));
    this.operation =
        planner.planProduct(
            operand,
            StepPlanner.Then.STORE,
            StepPlanner.Gate.SILU,
            List.of(new StepPlanner.Part(form, form, 0, 0, y)));
    this.program = planner.build();
  }

  @Override
  public void run(long weight, MemorySegment from, MemorySegment to, long rows) {
    operation.set(ValueLayout.JAVA_LONG, WEIGHT_AT, weight);
    for (long first = 0; first < rows; first += ROWS) {
      int count = (int) Math.min(ROWS, rows - first);
      x.read(from, first, count);
      program.run(1, count);
      y.write(to, first, count);
    }
  }

  @Override
  public void close() {
    program.close();
  }
}
