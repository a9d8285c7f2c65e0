package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Builds a {@link StepProgram}, operation by operation, from addresses and sizes.
 *
 * <p>Row-wise operations and products are planned here; {@link AttentionPlanner}, {@link
 * ExpertPlanner} and {@link LargestOfRows} add theirs to the same list. Each operation is a C
 * structure, named where it is written, in the order of its members.
 */
public final class StepPlanner {
  static final long ENTRY_BYTES = 5 * Long.BYTES;

  // Rows of a weight's block.
  private static final int ROWS = 16;
  private static final int MOST_PARTS = 3;
  private static final int PART_WORDS = 11;

  /** The largest row width that pointwise.c supports. */
  public static final int WIDEST_ROW = 65536;

  /** What an operation does; {@code enum} of program.c. */
  enum Kind {
    EMBED,
    NORM,
    PRODUCT,
    ROTATE,
    ATTEND,
    PICK,
    ROUTE,
    GATHER,
    EXPERTS,
    COMBINE,
    LATENT_IN,
    LATENT_OUT,
    SPARSE,
    TOP
  }

  /**
   * The maximum number of tokens per call, the maximum number of rows with logits, and the threads.
   */
  public record Limits(int rows, int picked, int threads) {}

  /** What is done with a product; an {@code enum} in product.c. */
  public enum Then {
    STORE,
    ADD,
    /** Gates the product with the part's second weight. */
    GATE,
    /** Gates the present content of y. */
    GATE_Y,
    /** Applies the gate's activation to the product. */
    ACTIVATE
  }

  private final CpuKernels kernels;
  private final Limits limits;
  private final StepMemory memory;
  private final List<Entry> entries = new ArrayList<>();
  private final PageLayout pages = new PageLayout();
  private final Set<WeightOperand> multiplied = new LinkedHashSet<>();
  private int split = -1;

  private record Entry(Kind kind, MemorySegment op, long chunk, boolean copied) {}

  /** An empty plan for calls within {@code limits}. */
  public StepPlanner(CpuKernels kernels, Limits limits) {
    this.kernels = kernels;
    this.limits = limits;
    this.memory = new StepMemory(limits, kernels.features());
  }

  Limits limits() {
    return limits;
  }

  CpuTuning tuning() {
    return kernels.tuning();
  }

  StepMemory memory() {
    return memory;
  }

  int rowsNow() {
    return memory.rowsNow();
  }

  /** A mark for {@link #reuse}. */
  public int mark() {
    return memory.mark();
  }

  /** Allows reuse of the rows made since {@code mark}: no later operation may read them. */
  public void reuse(int mark) {
    memory.reuse(mark);
  }

  /** Rows for this part's tokens, shared by all threads, zero at first. */
  public Rows rows(long width) {
    return memory.rows(width);
  }

  /** FP32 constants of the program, padded with zeros to whole vectors. */
  public long constants(float[] values) {
    return memory.constants(values);
  }

  /** An FP32 table [rows, width] that the caller fills before each call. */
  public MemorySegment table(long width) {
    return memory.allocate(limits.rows() * width * Float.BYTES);
  }

  /** A number for each token, INT64 [rows], that the caller fills before each call. */
  public MemorySegment numbers() {
    return memory.words(limits.rows());
  }

  MemorySegment words(int count) {
    return memory.words(count);
  }

  /** A new C structure. */
  Words structure(int words) {
    return new Words(memory.words(words));
  }

  PageLayout pages() {
    return pages;
  }

  /** The operation that was planned last. */
  Optional<MemorySegment> last() {
    return entries.isEmpty() ? Optional.empty() : Optional.of(entries.getLast().op());
  }

  /**
   * Adds an operation to the list.
   *
   * @param chunk items that a thread takes at a time
   */
  void add(Kind kind, MemorySegment op, long chunk) {
    entries.add(new Entry(kind, op, chunk, /* copied= */ false));
  }

  /** Adds an operation that every thread does in full while a step has one row. */
  private void addCopied(Kind kind, MemorySegment op, long chunk) {
    entries.add(new Entry(kind, op, chunk, /* copied= */ true));
  }

  /** The rows of {@code table} for the tokens' ids, multiplied by {@code scale}. */
  public Rows embed(WeightOperand table, double scale) {
    Rows y = rows(table.in());
    embed(table, scale, 0, /* added= */ false, y);
    return y;
  }

  /**
   * The rows of {@code table} for {@link #numbers} at address {@code ids}, written to {@code to} as
   * the first of a sum, or added.
   */
  public void sumEmbedded(WeightOperand table, long ids, Rows to, Summand summand) {
    embed(table, 1, ids, summand == Summand.NEXT, to);
  }

  /** The place of rows in a sum. */
  public enum Summand {
    FIRST,
    NEXT
  }

  private void embed(WeightOperand table, double scale, long ids, boolean added, Rows y) {
    // embed_t
    add(Kind.EMBED, structure(10).put(table).put(scale).put(ids).put(added).put(y).end(), 1);
  }

  /** Rows to be multiplied, in the formats that their weights need. */
  public record Operand(Rows plain, Quantised packed) {}

  /**
   * Rows as an operand for these weights, normalised if {@code norm} isn't 0.
   *
   * @param norm address of FP32 [width], or 0
   */
  public Operand operand(Rows x, long norm, double eps, List<WeightOperand> weights) {
    boolean plain = weights.stream().anyMatch(w -> !w.format().isPacked());
    Rows y = plain && norm != 0 ? memory.copiedRows(x.width()) : Rows.NONE;
    Quantised q = memory.quantised(x.width(), rowsNow(), weights);
    if (!q.equals(Quantised.NONE) || norm != 0) {
      addCopied(Kind.NORM, norm(x, norm, 0, eps, y, q, Rows.NONE), 4);
    }
    return new Operand(plain && norm == 0 ? x : y, q);
  }

  /**
   * {@code x = (x - mean) / sqrt(variance + eps) * weight + bias}.
   *
   * @param weight address of FP32 [width], like {@code bias}
   */
  public void layerNorm(Rows x, long weight, long bias, double eps) {
    add(Kind.NORM, norm(x, weight, bias, eps, x, Quantised.NONE, Rows.NONE), 4);
  }

  /** norm(x), as rows shared by all threads. */
  public Rows normed(Rows x, long weight, double eps) {
    Rows y = rows(x.width());
    add(Kind.NORM, norm(x, weight, 0, eps, y, Quantised.NONE, Rows.NONE), 4);
    return y;
  }

  /** {@code to += norm(x)}. */
  public void addNormed(Rows x, long weight, double eps, Rows to) {
    add(Kind.NORM, norm(x, weight, 0, eps, Rows.NONE, Quantised.NONE, to), 4);
  }

  /** {@code norm_t}. */
  private MemorySegment norm(
      Rows x, long weight, long bias, double eps, Rows y, Quantised q, Rows added) {
    return structure(13 + Quantised.WORDS)
        .put(x)
        .put(weight)
        .put(bias)
        .put(eps)
        .put(x.width())
        .put(y)
        .put(q)
        .put(added)
        .end();
  }

  /**
   * One weight of a product.
   *
   * @param second the weight whose product is gated, of the same format and shape; else the same
   *     weight
   * @param bias address of FP32 [out] padded to whole vectors, or 0; like {@code secondBias}
   */
  public record Part(
      WeightOperand weight, WeightOperand second, long bias, long secondBias, Rows y) {
    long blocks() {
      return Math.ceilDiv(weight.out(), ROWS);
    }

    boolean isPlain() {
      return !weight.format().isPacked();
    }
  }

  /** Products of up to three weights with the same rows. */
  public void product(Operand x, Then then, Gate gate, List<Part> parts) {
    add(
        Kind.PRODUCT,
        productOf(x, then, gate, parts),
        chunk(parts, kernels.tuning().get(CpuTuning.Choice.CHUNKS)));
  }

  /**
   * Blocks of 16 outputs per chunk, for {@code pieces} chunks per thread. Packed blocks are
   * multiplied by tiles of rows in pairs.
   */
  long chunk(List<Part> parts, long pieces) {
    long blocks = parts.stream().mapToLong(Part::blocks).sum();
    long share = Math.clamp(blocks / (limits.threads() * pieces), 1, 16);
    long abreast = parts.stream().anyMatch(Part::isPlain) ? 4 : Math.min(share, 2);
    return Math.ceilDiv(share, abreast) * abreast;
  }

  /** {@code product_t} with its {@code part_t}. */
  MemorySegment productOf(Operand x, Then then, Gate gate, List<Part> parts) {
    if (parts.isEmpty() || parts.size() > MOST_PARTS) {
      throw new IllegalArgumentException(parts.size() + " weights in one product");
    }
    Words words = structure(6 + Quantised.WORDS + MOST_PARTS * PART_WORDS);
    words.put(parts.size()).put(then.ordinal()).put(gate.ordinal()).put(x.plain()).put(x.packed());
    for (int i = 0; i < MOST_PARTS; i++) {
      Part part = parts.get(Math.min(i, parts.size() - 1));
      words
          .put(part.weight())
          .put(part.second().address())
          .put(part.bias())
          .put(part.secondBias())
          .put(part.y())
          .put(part.blocks());
    }
    parts.forEach(part -> multiplied.add(part.weight().withoutAddress()));
    return words.end();
  }

  /** The distinct formats and shapes of the weights of all products so far, without addresses. */
  public List<WeightOperand> multiplied() {
    return List.copyOf(multiplied);
  }

  /** Adds a sparse product of sparse.c. */
  void sparse(MemorySegment op, long chunk) {
    add(Kind.SPARSE, op, chunk);
  }

  /** Ends the part that runs on all tokens and returns the picked tokens' rows of x. */
  public Rows pick(Rows x) {
    split = entries.size();
    memory.goOnWithPicked();
    Rows y = rows(x.width());
    // pick_t
    add(Kind.PICK, structure(7).put(x).put(y).put(x.width()).end(), 1);
    return y;
  }

  /**
   * Builds the program, which takes ownership of the memory; the planner can't be used afterwards.
   */
  public StepProgram build() {
    MemorySegment list = memory.allocate(entries.size() * ENTRY_BYTES);
    for (int i = 0; i < entries.size(); i++) {
      Entry e = entries.get(i);
      // entry_t
      new Words(list.asSlice(i * ENTRY_BYTES, ENTRY_BYTES))
          .put(e.kind().ordinal())
          .put(e.op().address())
          .put(e.chunk())
          .put(e.copied())
          .put(split >= 0 && i >= split)
          .end();
    }
    return new StepProgram(
        kernels, memory.arena(), list, split < 0 ? entries.size() : split, pages.groups(), limits);
  }

  /** Frees the memory of a plan that is abandoned. */
  public void abandon() {
    memory.arena().close();
  }
}
