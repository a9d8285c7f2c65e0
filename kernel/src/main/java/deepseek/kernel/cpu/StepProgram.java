package deepseek.kernel.cpu;

import deepseek.kernel.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A decoder's step, planned once: a list of operations that all threads execute together in one
 * parallel region. Each thread takes chunks of its own part of an operation and then steals from
 * the others'.
 *
 * <p>It has two parts: the first runs on all tokens of a call, the second on those picked by {@link
 * StepPlanner#pick}, for which logits are needed. Not thread-safe.
 */
public final class StepProgram implements AutoCloseable {
  private static final int STEP_WORDS = 6;
  private static final int SPAN_WORDS = 4;
  private static final long PROGRAM_BYTES = 320;
  // In program_t.
  private static final long WORKERS = 7L * Long.BYTES;
  private static final long STALLED = 8L * Long.BYTES;

  private final CpuKernels kernels;
  private final Arena arena;
  private final int maxRows;
  private final int maxPicked;
  private final int split;
  private final int count;
  private final List<PageGroup> groups;
  private final MemorySegment steps;
  private final MemorySegment tokens;
  private final MemorySegment owners;
  private final MemorySegment spans;
  private final MemorySegment tables;
  private final MemorySegment picked;
  private final MemorySegment program;
  private final ActiveWorkers workers;

  StepProgram(
      CpuKernels kernels,
      Arena arena,
      MemorySegment entries,
      int split,
      List<PageGroup> groups,
      StepPlanner.Limits limits) {
    this.kernels = kernels;
    this.arena = arena;
    this.split = split;
    this.count = (int) (entries.byteSize() / StepPlanner.ENTRY_BYTES);
    this.groups = groups;
    this.maxRows = limits.rows();
    this.maxPicked = limits.picked();
    this.steps = arena.allocate(2L * STEP_WORDS * Long.BYTES, 64);
    this.tokens = arena.allocate(ValueLayout.JAVA_LONG, maxRows);
    this.owners = arena.allocate(ValueLayout.JAVA_LONG, maxRows);
    this.spans = arena.allocate(ValueLayout.JAVA_LONG, (long) maxRows * SPAN_WORDS);
    this.tables =
        arena.allocate(ValueLayout.JAVA_LONG, (long) maxRows * Math.max(1, groups.size()));
    this.picked = arena.allocate(ValueLayout.JAVA_LONG, maxPicked);
    MemorySegment taken = arena.allocate(ValueLayout.JAVA_LONG, (long) count * limits.threads());
    this.program = arena.allocate(PROGRAM_BYTES, 64);
    new Words(program.asSlice(0, WORKERS))
        .put(entries.address())
        .put(0)
        .put(count)
        .put(steps.address())
        .put(taken.address())
        .put(limits.threads())
        .put(kernels.team())
        .end();
    this.workers = ActiveWorkers.of(limits.threads());
  }

  /** The maximum number of tokens per call. */
  public int maxRows() {
    return maxRows;
  }

  /** The maximum number of rows with logits per call. */
  public int maxPicked() {
    return maxPicked;
  }

  /** Groups of layers, each of which keeps its keys and values in pages of its own. */
  public List<PageGroup> groups() {
    return groups;
  }

  /** Sets the id of a call's token. */
  public void token(int row, long id) {
    tokens.setAtIndex(ValueLayout.JAVA_LONG, row, id);
  }

  /**
   * Sets span {@code index} of a call: the tokens from {@code row} on are a sequence's from slot
   * {@code slot} on.
   *
   * @param pages for each group the address of its pages' addresses, [slots / 64]
   */
  public void span(int index, int row, int count, long slot, long... pages) {
    MemorySegment table = tables.asSlice((long) index * groups.size() * Long.BYTES);
    MemorySegment.copy(pages, 0, table, ValueLayout.JAVA_LONG, 0, groups.size());
    long bytes = (long) SPAN_WORDS * Long.BYTES;
    new Words(spans.asSlice(index * bytes, bytes))
        .put(row)
        .put(count)
        .put(slot)
        .put(table.address())
        .end();
    for (int i = 0; i < count; i++) {
      owners.setAtIndex(ValueLayout.JAVA_LONG, row + i, index);
    }
  }

  /**
   * Runs the first {@code rows} tokens set by {@link #token}, which the first {@code spanCount}
   * spans cover, and the second part on the rows {@code picks}.
   */
  public void run(int rows, int spanCount, int... picks) {
    requireAtMost("tokens", rows, maxRows);
    requireAtMost("spans", spanCount, maxRows);
    requireAtMost("picked tokens", picks.length, maxPicked);
    step(0, rows, spanCount);
    setPicked(picks);
    range(0, picks.length == 0 ? split : count);
  }

  /** Runs the second part once more on other rows of the last call. */
  public void runPicked(int... picks) {
    requireAtMost("picked tokens", picks.length, maxPicked);
    setPicked(picks);
    range(split, count);
  }

  private void setPicked(int... picks) {
    for (int i = 0; i < picks.length; i++) {
      picked.setAtIndex(ValueLayout.JAVA_LONG, i, picks[i]);
    }
    step(1, picks.length, 0);
  }

  private void step(int part, long rows, long spanCount) {
    long bytes = (long) STEP_WORDS * Long.BYTES;
    new Words(steps.asSlice(part * bytes, bytes))
        .put(rows)
        .put(spanCount)
        .put(spans.address())
        .put(tokens.address())
        .put(owners.address())
        .put(picked.address())
        .end();
  }

  private void range(int from, int to) {
    program.set(ValueLayout.JAVA_LONG, Long.BYTES, from);
    program.set(ValueLayout.JAVA_LONG, 2 * Long.BYTES, to);
    program.set(ValueLayout.JAVA_LONG, WORKERS, workers.count());
    long begin = System.nanoTime();
    kernels.run(program);
    workers.ran(System.nanoTime() - begin, program.get(ValueLayout.JAVA_LONG, STALLED));
  }

  private static void requireAtMost(String what, int got, int most) {
    if (got > most) {
      throw new KernelException(
          "run a step", "at most " + most + " " + what, got + "", "run them in several calls");
    }
  }

  /** Frees the program and all rows it made. */
  @Override
  public void close() {
    arena.close();
  }
}
