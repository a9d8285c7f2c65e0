package deepseek.kernel.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A mixture of experts for benchmarks, whose experts are the copies of a {@link ProductWorkload}:
 * each holds the gate, up and down weights, contiguously.
 */
final class MixtureOfCopies implements AutoCloseable {
  /** Experts of a row. */
  static final int CHOSEN = 4;

  private final ProductWorkload.Setting setting;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment y;
  private final long copies;
  private final long copyBytes;
  private final long apart;
  private final MemorySegment scores;
  private final StepProgram program;

  /**
   * @param x FP32 [rows, in]
   * @param y FP32 [rows, in rounded up to whole blocks]
   * @param copies their memory, {@code copyBytes} apart
   */
  MixtureOfCopies(
      CpuKernels kernels,
      ProductWorkload.Setting setting,
      MemorySegment x,
      MemorySegment y,
      long copies,
      long copyBytes) {
    this.setting = setting;
    this.y = y;
    this.copies = copies;
    this.copyBytes = copyBytes;
    this.apart = PackedKernels.wholeBlocks(setting.copies());
    this.scores = arena.allocate(ValueLayout.JAVA_FLOAT, setting.rows() * apart);
    StepPlanner.Limits limits = new StepPlanner.Limits(setting.rows(), 1, setting.threads());
    StepPlanner planner = new StepPlanner(kernels, limits);
    ExpertPlanner mixing = new ExpertPlanner(planner);
    ExpertChoice choice =
        new ExpertChoice(
            setting.copies(),
            CHOSEN,
            /* sigmoid= */ false,
            /* normalised= */ true,
            /* factor= */ 1,
            /* groups= */ 1,
            /* keptGroups= */ 1);
    ExpertPlanner.Routing routing =
        mixing.route(
            choice, /* correction= */ 0, new Rows(scores.address(), setting.copies(), apart, 0));
    int in = setting.in();
    int out = setting.out();
    long inner = setting.format().bytes(out, in);
    Rows mixed =
        mixing.experts(
            routing,
            new Rows(x.address(), in, in, 0),
            Gate.SILU,
            each(0, in, out),
            each(inner, in, out),
            each(2 * inner, out, in));
    Rows to = new Rows(y.address(), in, PackedKernels.wholeBlocks(in), 0);
    mixing.combine(routing, mixed, Optional.empty(), Optional.empty(), to);
    this.program = planner.build();
  }

  /** The weight {@code offset} bytes into each copy. */
  private List<WeightOperand> each(long offset, int in, int out) {
    WeightOperand.Activations activations = setting.form().activations();
    return IntStream.range(0, setting.copies())
        .mapToObj(i -> copies + i * copyBytes + offset)
        .map(address -> new WeightOperand(setting.format(), address, in, out, activations))
        .toList();
  }

  /**
   * Runs the mixture: the first row's experts start at copy {@code first}, each row takes the next
   * ones.
   */
  void run(long first) {
    int at = Math.toIntExact((first - copies) / copyBytes);
    scores.fill((byte) 0);
    for (int i = 0; i < setting.rows() * CHOSEN; i++) {
      int expert = (at + i) % setting.copies();
      scores.setAtIndex(ValueLayout.JAVA_FLOAT, i / CHOSEN * apart + expert, 1);
    }
    y.fill((byte) 0);
    program.run(setting.rows(), 0);
  }

  @Override
  public void close() {
    program.close();
    arena.close();
  }
}
