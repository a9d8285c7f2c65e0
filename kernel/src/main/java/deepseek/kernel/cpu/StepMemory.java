package deepseek.kernel.cpu;

import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory of a step while it is planned: rows passed between operations, which later ones may reuse,
 * and what lives as long as the program. Everything is aligned to cache lines and zero at first.
 * Pages are committed when first touched, so rows that no prompt is long enough to use take no
 * memory.
 */
final class StepMemory {
  /** Rows of a tile of quantised activations, as in step.h. */
  static final int TILE = 16;

  private static final int LINE = 64;
  // Values that share a scale; a multiple of the vector length on every processor.
  private static final int GROUP = 32;

  private final CpuFeatures features;
  private final StepPlanner.Limits limits;
  private final Arena arena = Arena.ofShared();
  private final Map<String, Deque<MemorySegment>> idle = new HashMap<>();
  private final List<Lent> lent = new ArrayList<>();
  private boolean isForPicked;

  private record Lent(Deque<MemorySegment> alike, MemorySegment memory) {}

  StepMemory(StepPlanner.Limits limits, CpuFeatures features) {
    this.features = features;
    this.limits = limits;
  }

  Arena arena() {
    return arena;
  }

  /** From here on, rows are those of the picked tokens. */
  void goOnWithPicked() {
    isForPicked = true;
  }

  int rowsNow() {
    return isForPicked ? limits.picked() : limits.rows();
  }

  MemorySegment allocate(long bytes) {
    return NativeMemory.zeros(bytes, arena);
  }

  MemorySegment words(int count) {
    return allocate((long) count * Long.BYTES);
  }

  /** Memory that may be reused for the same purpose after {@link #reuse}. */
  long lend(String purpose, long width, long bytes) {
    String kind = purpose + width + (isForPicked ? " picked" : "");
    Deque<MemorySegment> alike = idle.computeIfAbsent(kind, _ -> new ArrayDeque<>());
    MemorySegment memory = alike.isEmpty() ? allocate(bytes) : alike.pop();
    lent.add(new Lent(alike, memory));
    return memory.address();
  }

  int mark() {
    return lent.size();
  }

  void reuse(int mark) {
    List<Lent> done = lent.subList(mark, lent.size());
    done.forEach(l -> l.alike().push(l.memory()));
    done.clear();
  }

  /** Rows for this part's tokens, shared by all threads, zero at first. */
  Rows rows(long width) {
    return rows("rows", rowsNow(), width);
  }

  /** {@code count} rows for a given purpose. */
  Rows rows(String purpose, long count, long width) {
    long stride = stride(width);
    return new Rows(lend(purpose, width, count * stride * Float.BYTES), width, stride, 0);
  }

  /** Rows of which each thread has a private copy while a step has one row. */
  Rows copiedRows(long width) {
    long stride = stride(width);
    long bytes = Math.max(rowsNow(), limits.threads()) * stride * Float.BYTES;
    return new Rows(
        lend("copied", width, bytes + LINE), width, stride, wholeLines(stride * Float.BYTES));
  }

  private static long stride(long width) {
    return Math.ceilDiv(width, GROUP) * GROUP;
  }

  private static long wholeLines(long bytes) {
    return Math.ceilDiv(bytes, LINE) * LINE;
  }

  /** Memory for quantised rows, if one of the weights is multiplied by those. */
  Quantised quantised(long width, long rows, List<WeightOperand> weights) {
    if (weights.stream().noneMatch(w -> w.format().isPacked())) {
      return Quantised.NONE;
    }
    boolean narrow = weights.stream().allMatch(w -> w.takesBytes(features));
    long groups = 2 * Math.ceilDiv(width, 2L * GROUP);
    long tiles = Math.ceilDiv(rows, TILE) * TILE;
    long[] perGroup = {2 * GROUP, Float.BYTES, Float.BYTES, Integer.BYTES, Integer.BYTES};
    long[] at = new long[perGroup.length];
    long copy = 0;
    for (long bytes : perGroup) {
      // Whole cache lines per row, so that the threads' copies don't share one.
      copy = Math.max(copy, wholeLines(groups * bytes));
    }
    for (int i = 0; i < perGroup.length; i++) {
      long bytes = Math.max(tiles * groups * perGroup[i], limits.threads() * copy);
      at[i] = lend("quantised" + i + "x" + tiles + " ", width, bytes);
    }
    return new Quantised(at[0], at[1], at[2], at[3], at[4], groups, copy, narrow);
  }

  /** Constants of the program, padded with zeros to whole vectors. */
  long constants(float[] values) {
    MemorySegment own = allocate(stride(values.length) * Float.BYTES);
    MemorySegment.copy(values, 0, own, ValueLayout.JAVA_FLOAT, 0, values.length);
    return own.address();
  }
}
