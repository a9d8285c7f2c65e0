package deepseek.compute;

import deepseek.kernel.cpu.LargestOfRows;
import deepseek.kernel.cpu.Rows;
import deepseek.kernel.cpu.StepPlanner;
import deepseek.kernel.cpu.StepProgram;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A decoder's step as one run of the CPU's kernels; {@link PlanBuilder} makes it. Calls from
 * several threads take turns.
 *
 * <p>Throws {@link ComputeException} for what lies outside of the plan, of its pages or of its
 * weights.
 */
public final class Plan implements AutoCloseable {
  private static final String RUN = "run a plan";

  private final StepProgram program;
  private final Map<Object, PlanBuilder.RotaryTables> tables;
  private final Reads reads;
  private final Results results;
  private final List<Product> products;
  private final PagePool pages;
  private int rows;
  private int picked;
  private int searches;
  private boolean closed;

  /**
   * Weights [out, in] of one form that rows are multiplied by.
   *
   * @param format as the kernels name it
   * @param activationBits what the rows are rounded to, where the weight is packed
   */
  public record Product(String format, long out, long in, int activationBits) {
    /** Those of all products planned so far. */
    static List<Product> of(StepPlanner planner) {
      return planner.multiplied().stream()
          .map(w -> new Product(w.format().toString(), w.out(), w.in(), w.activationBits()))
          .toList();
    }
  }

  /**
   * What a run reads besides pages.
   *
   * @param vocabulary ids of tokens are below it
   * @param weights what holds them
   */
  record Reads(long vocabulary, List<Tensor> weights) {}

  /** What a run makes: the picked rows' logits, and the largest of them. */
  record Results(Rows logits, LargestOfRows largest) {}

  /**
   * New tokens of a sequence.
   *
   * @param pages of the sequence, with those that are before these tokens
   * @param slot of the first
   * @param count of them, from 1
   */
  public record Span(PageTable pages, long slot, int count) {}

  Plan(
      StepProgram program,
      Map<Object, PlanBuilder.RotaryTables> tables,
      Reads reads,
      Results results,
      List<Product> products) {
    this.program = program;
    this.tables = tables;
    this.reads = reads;
    this.results = results;
    this.products = products;
    this.pages = new PagePool(program.groups());
  }

  /** Most tokens of a run. */
  public int maxTokens() {
    return program.maxRows();
  }

  /** Most rows whose logits one run makes, and most sequences of one token each. */
  public int maxPicked() {
    return program.maxPicked();
  }

  /** Logits of a row: the size V of the vocabulary. */
  public long width() {
    return results.logits().width();
  }

  /** Where its sequences keep keys and values; closed with the plan. */
  public PagePool pages() {
    return pages;
  }

  /** Each form of weights once. */
  public List<Product> products() {
    return products;
  }

  /** What {@link PlanBuilder#attention} was given as rotary embeddings. */
  public Set<Object> rotaries() {
    return tables.keySet();
  }

  private static void require(boolean holds, String expected, String got, String remedy) {
    if (!holds) {
      throw new ComputeException(RUN, expected, got, remedy);
    }
  }

  private void requireOpen() {
    require(!closed, "an open plan", "a closed one", "run it before it is closed");
  }

  private static void requirePlace(String what, long place, long end) {
    if (place < 0 || place >= end) {
      throw new ComputeException(
          RUN,
          end > 0 ? what + " from 0 to " + (end - 1) : "a run before its results are asked for",
          String.valueOf(place),
          "ask within the plan's limits");
    }
  }

  private static void requireCount(String what, int count, int most) {
    if (count < 0 || count > most) {
      throw new ComputeException(
          RUN, "0 to " + most + " " + what, String.valueOf(count), "run them in several calls");
    }
  }

  /** Cosines and sines of {@code row}'s position, [width / 2] each. */
  public synchronized void rotary(Object rotary, int row, float[] cosines, float[] sines) {
    requireOpen();
    requirePlace("rows", row, maxTokens());
    require(
        tables.containsKey(rotary),
        "a rotary embedding of the plan",
        "another",
        "take one of rotaries()");
    PlanBuilder.RotaryTables t = Objects.requireNonNull(tables.get(rotary));
    if (cosines.length != t.width() || sines.length != t.width()) {
      throw new ComputeException(
          RUN,
          t.width() + " cosines and sines",
          cosines.length + " and " + sines.length,
          "pass one for each pair that is rotated");
    }
    long at = (long) row * t.width() * Float.BYTES;
    MemorySegment.copy(cosines, 0, t.cosines(), ValueLayout.JAVA_FLOAT, at, t.width());
    MemorySegment.copy(sines, 0, t.sines(), ValueLayout.JAVA_FLOAT, at, t.width());
  }

  /** A token of the next call: its id. */
  public synchronized void token(int row, long id) {
    requireOpen();
    requirePlace("rows", row, maxTokens());
    requirePlace("token ids", id, reads.vocabulary());
    program.token(row, id);
  }

  /**
   * Runs the tokens of these spans, which the rows of {@link #token} are in turn, and the logits of
   * the rows picked. The spans' pages then hold them.
   */
  public synchronized void run(List<Span> spans, int... picks) {
    requireOpen();
    long count = spans.stream().mapToLong(Span::count).sum();
    require(
        !spans.isEmpty() && count <= maxTokens() && spans.stream().allMatch(s -> s.count() > 0),
        "1 to " + maxTokens() + " tokens, at least one in each span",
        count + " in " + spans.size() + " spans",
        "run them in several calls");
    requireCount(
        "spans of one token",
        (int) spans.stream().filter(s -> s.count() == 1).count(),
        maxPicked());
    requirePicks((int) count, picks);
    requireWeights();
    require(
        spans.stream().map(Span::pages).distinct().count() == spans.size(),
        "a sequence for each span",
        "one twice",
        "join its spans, or fork it");
    picked = 0;
    rows = 0;
    for (int i = 0; i < spans.size(); i++) {
      Span span = spans.get(i);
      require(
          span.pages().isOf(pages),
          "sequences of this plan's pages",
          "another plan's",
          "make them from pages()");
      span.pages().prepare(span.slot(), span.count());
      program.span(i, rows, span.count(), span.slot(), span.pages().tables());
      rows += span.count();
    }
    program.run(rows, spans.size(), picks);
    picked = picks.length;
  }

  /** Logits of other rows of the last call. */
  public synchronized void runPicked(int... picks) {
    requireOpen();
    requirePicks(rows, picks);
    requireWeights();
    program.runPicked(picks);
    picked = picks.length;
  }

  private void requirePicks(int all, int... picks) {
    requireCount("picked rows", picks.length, maxPicked());
    for (int pick : picks) {
      requirePlace("rows", pick, all);
    }
  }

  private void requireWeights() {
    for (Tensor weight : reads.weights()) {
      weight.look(RUN);
    }
  }

  /** The first {@code count} picked rows' logits, FLOAT32 [count, V]. */
  public synchronized Tensor logits(int count) {
    requireOpen();
    requireCount("rows, as many as were picked", count, picked);
    long width = results.logits().width();
    Tensor out = Tensor.empty(DType.FLOAT32, Device.CPU, count, width);
    MemorySegment to = out.memory("logits");
    for (int row = 0; row < count; row++) {
      MemorySegment.copy(logitsAt(row), 0, to, row * width * Float.BYTES, width * Float.BYTES);
    }
    return out;
  }

  private MemorySegment logitsAt(int row) {
    Rows logits = results.logits();
    return MemorySegment.ofAddress(logits.address() + row * logits.stride() * Float.BYTES)
        .reinterpret(logits.width() * Float.BYTES);
  }

  /**
   * Has the runs to come find the {@code count} largest logits of each picked row; 0: none. What
   * was found before can't be read any more.
   *
   * @param count at most {@link LargestLogits#MOST}
   */
  public synchronized LargestLogits findLargest(int count) {
    requireOpen();
    requireCount("largest logits", count, LargestLogits.MOST);
    results.largest().want(count);
    picked = 0;
    return new PlannedLogits(this, ++searches);
  }

  /** Throws unless the plan's last run made this row's results for this search. */
  private void requireFound(int search, int row) {
    requireOpen();
    require(
        search == searches,
        "the largest logits of the last step",
        "those of a step before it",
        "read them before the next step");
    requirePlace("picked rows", row, picked);
  }

  synchronized int[] largestIds(int search, int row) {
    requireFound(search, row);
    int[] ids = new int[results.largest().count()];
    for (int rank = 0; rank < ids.length; rank++) {
      ids[rank] = results.largest().id(row, rank);
    }
    return ids;
  }

  synchronized float[] largestValues(int search, int row) {
    requireFound(search, row);
    float[] values = new float[results.largest().count()];
    for (int rank = 0; rank < values.length; rank++) {
      values[rank] = results.largest().value(row, rank);
    }
    return values;
  }

  /** One picked row's logits [V]. */
  synchronized float[] logitsOf(int search, int row) {
    requireFound(search, row);
    float[] out = new float[Math.toIntExact(results.logits().width())];
    MemorySegment.copy(logitsAt(row), ValueLayout.JAVA_FLOAT, 0, out, 0, out.length);
    return out;
  }

  /** Frees the plan's own memory. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      program.close();
      pages.close();
    }
  }
}
