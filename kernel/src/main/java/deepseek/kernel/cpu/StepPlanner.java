package deepseek.kernel.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Puts a {@link StepProgram} together, operation by operation. Knows addresses and sizes only. */
public final class StepPlanner {
  static final long ENTRY_BYTES = 5 * Long.BYTES;

  private static final int LINE = 64;
  private static final int TILE = 16;
  private static final int GROUP = 32;
  // Of a block of a weight.
  private static final int ROWS = 16;
  private static final int MOST_LANES = 16;
  private static final int MOST_PARTS = 3;
  private static final int PART_WORDS = 11;
  // attention.c's.
  private static final int MOST_SPLITS = 16;

  private static final int QUERIES = 32;

  /** The widest key or value attention.c has room for. */
  public static final int WIDEST_HEAD = 640;

  /** Experts and choices experts.c has room for. */
  public static final int MOST_EXPERTS = 512;

  public static final int MOST_CHOSEN = 32;

  /** pointwise.c's widest row. */
  public static final int WIDEST_ROW = 65536;

  private enum Kind {
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

  /** Most tokens of a call, most whose logits come at a time, threads. */
  public record Limits(int rows, int picked, int threads) {}

  /** What becomes of a product. */
  public enum Then {
    STORE,
    ADD,
    GATE
  }

  /** Names as {@code enum} of step.h has them. */
  public enum Gate {
    SILU,
    GELU,
    GELU_TANH,
    RELU
  }

  private final CpuKernels kernels;
  private final Limits limits;
  private final Arena arena = Arena.ofShared();
  private final List<Entry> entries = new ArrayList<>();
  private final List<MemorySegment> caches = new ArrayList<>();
  private final Map<String, Deque<MemorySegment>> free = new HashMap<>();
  private final List<Lent> lent = new ArrayList<>();
  private final Set<Weight> multiplied = new LinkedHashSet<>();
  private long partial;
  private long arrived;
  private int split = -1;

  private record Lent(String kind, MemorySegment memory) {}

  private record Entry(Kind kind, MemorySegment op, long chunk, boolean copied) {}

  public StepPlanner(CpuKernels kernels, Limits limits) {
    this.kernels = kernels;
    this.limits = limits;
  }

  int rowsNow() {
    return split < 0 ? limits.rows() : limits.picked();
  }

  /** Memory that {@link #reuse} may hand out again for the same purpose. */
  private long lend(String purpose, long width, long bytes) {
    String kind = purpose + width + (split < 0 ? "" : " picked");
    Deque<MemorySegment> idle = free.computeIfAbsent(kind, k -> new ArrayDeque<>());
    MemorySegment memory = idle.isEmpty() ? arena.allocate(bytes, LINE) : idle.pop();
    lent.add(new Lent(kind, memory));
    return memory.address();
  }

  /** To be given to {@link #reuse} later. */
  public int mark() {
    return lent.size();
  }

  /** Says that no operation to come reads the rows that were made since {@code mark}. */
  public void reuse(int mark) {
    List<Lent> done = lent.subList(mark, lent.size());
    done.forEach(l -> free.get(l.kind()).push(l.memory()));
    done.clear();
  }

  /** Rows for this part's tokens, shared by all threads, zeros at first. */
  public Rows rows(long width) {
    long stride = Math.ceilDiv(width, GROUP) * GROUP;
    long bytes = rowsNow() * stride * Float.BYTES;
    return new Rows(lend("rows", width, bytes), width, stride, 0);
  }

  private Rows copiedRows(long width) {
    long stride = Math.ceilDiv(width, GROUP) * GROUP;
    long bytes = Math.max(rowsNow(), limits.threads()) * stride * Float.BYTES;
    long copy = Math.ceilDiv(stride * Float.BYTES, LINE) * LINE;
    return new Rows(lend("copied", width, bytes + LINE), width, stride, copy);
  }

  private Quantised quantised(long width, long rows, List<Weight> weights) {
    if (weights.stream().noneMatch(w -> w.format().isPacked())) {
      return Quantised.NONE;
    }
    boolean narrow = weights.stream().allMatch(Weight::takesBytes);
    long groups = 2 * Math.ceilDiv(width, 2L * GROUP);
    long tiles = Math.ceilDiv(rows, TILE) * TILE;
    long[] perGroup = {2 * GROUP, Float.BYTES, Float.BYTES, Integer.BYTES, Integer.BYTES};
    long[] at = new long[perGroup.length];
    long copy = 0;
    for (int i = 0; i < perGroup.length; i++) {
      // One row's share, a whole number of lines, so that the threads' copies don't meet.
      copy = Math.max(copy, Math.ceilDiv(groups * perGroup[i], LINE) * LINE);
    }
    for (int i = 0; i < perGroup.length; i++) {
      long bytes = Math.max(tiles * groups * perGroup[i], limits.threads() * copy);
      at[i] = lend("quantised" + i + "x" + tiles + " ", width, bytes);
    }
    return new Quantised(at[0], at[1], at[2], at[3], at[4], groups, copy, narrow);
  }

  /** FP32 numbers that the program keeps, filled up to whole lanes with zeros. */
  public long constants(float[] values) {
    MemorySegment own =
        arena.allocate(Math.ceilDiv(values.length, GROUP) * (long) GROUP * Float.BYTES, LINE);
    MemorySegment.copy(values, 0, own, ValueLayout.JAVA_FLOAT, 0, values.length);
    return own.address();
  }

  /** A table [rows, width] of FP32 that is written before each call. */
  public MemorySegment table(long width) {
    return arena.allocate(limits.rows() * width * Float.BYTES, LINE);
  }

  MemorySegment words(int count) {
    return arena.allocate((long) count * Long.BYTES, LINE);
  }

  /** The operation that was planned last. */
  Optional<MemorySegment> last() {
    return entries.isEmpty() ? Optional.empty() : Optional.of(entries.getLast().op());
  }

  private void add(Kind kind, MemorySegment op, long chunk, boolean copied) {
    entries.add(new Entry(kind, op, chunk, copied));
  }

  /** The tokens' rows of {@code table}, times {@code scale}. */
  public Rows embed(Weight table, double scale) {
    Rows y = rows(table.in());
    MemorySegment op = words(8);
    new Words(op).put(table).put(scale).put(y).end();
    add(Kind.EMBED, op, 1, false);
    return y;
  }

  /** Rows to be multiplied, in the forms that the weights over them need. */
  public record Operand(Rows plain, Quantised packed) {}

  /**
   * Rows normed (norm not 0) or as they are, ready for these weights.
   *
   * @param norm address of FP32 [width], or 0
   */
  public Operand operand(Rows x, long norm, double eps, List<Weight> weights) {
    boolean plain = weights.stream().anyMatch(w -> !w.format().isPacked());
    Rows y = plain && norm != 0 ? copiedRows(x.width()) : Rows.NONE;
    Quantised q = quantised(x.width(), rowsNow(), weights);
    if (q != Quantised.NONE || norm != 0) {
      norm(x, norm, eps, y, q, Rows.NONE, /* copied= */ true);
    }
    return new Operand(plain && norm == 0 ? x : y, q);
  }

  /** norm(x) as rows that all threads read. */
  public Rows normed(Rows x, long weight, double eps) {
    Rows y = rows(x.width());
    norm(x, weight, eps, y, Quantised.NONE, Rows.NONE, /* copied= */ false);
    return y;
  }

  /** {@code to += norm(x)}. */
  public void addNormed(Rows x, long weight, double eps, Rows to) {
    norm(x, weight, eps, Rows.NONE, Quantised.NONE, to, /* copied= */ false);
  }

  private void norm(
      Rows x, long weight, double eps, Rows y, Quantised q, Rows added, boolean copied) {
    MemorySegment op = words(12 + Quantised.WORDS);
    new Words(op).put(x).put(weight).put(eps).put(x.width()).put(y).put(q).put(added).end();
    add(Kind.NORM, op, 4, copied);
  }

  /**
   * One weight of a product.
   *
   * @param second the weight beside it that is gated, of the same form; else the same weight
   * @param bias address of FP32 [out] in whole lanes, or 0; like {@code secondBias}
   */
  public record Part(Weight weight, Weight second, long bias, long secondBias, Rows y) {}

  /** Up to three weights over the same rows. */
  public void product(Operand x, Then then, Gate gate, List<Part> parts) {
    planProduct(x, then, gate, parts);
  }

  MemorySegment planProduct(Operand x, Then then, Gate gate, List<Part> parts) {
    MemorySegment op = productOf(x, then, gate, parts);
    long blocks = parts.stream().mapToLong(p -> Math.ceilDiv(p.weight().out(), ROWS)).sum();
    boolean plain = parts.stream().anyMatch(p -> !p.weight().format().isPacked());
    long share = Math.clamp(blocks / ((long) limits.threads() * kernels.tuning().chunks()), 1, 16);
    add(Kind.PRODUCT, op, plain ? Math.ceilDiv(share, 4L) * 4 : share, false);
    return op;
  }

  private MemorySegment productOf(Operand x, Then then, Gate gate, List<Part> parts) {
    if (parts.isEmpty() || parts.size() > MOST_PARTS) {
      throw new IllegalArgumentException(parts.size() + " weights in one product");
    }
    MemorySegment op = words(6 + Quantised.WORDS + MOST_PARTS * PART_WORDS);
    Words words = new Words(op);
    words.put(parts.size()).put(then.ordinal()).put(gate.ordinal()).put(x.plain()).put(x.packed());
    for (int i = 0; i < MOST_PARTS; i++) {
      Part part = parts.get(Math.min(i, parts.size() - 1));
      long blocks = Math.ceilDiv(part.weight().out(), ROWS);
      words
          .put(part.weight())
          .put(part.second().address())
          .put(part.bias())
          .put(part.secondBias())
          .put(part.y())
          .put(blocks);
    }
    words.end();
    parts.forEach(part -> multiplied.add(part.weight().withoutAddress()));
    return op;
  }

  /** The weights of all products so far, each form once, without addresses. */
  public List<Weight> multiplied() {
    return List.copyOf(multiplied);
  }

  /** Heads and widths of an attention layer, and what is done to its queries and keys. */
  public record Heads(
      int heads,
      int keyHeads,
      int width,
      CacheFormat cache,
      long queryNorm,
      long keyNorm,
      double eps,
      boolean turnsPairs,
      double scale,
      int window) {}

  /**
   * Attention of q over all keys kept, which k and v join. Caches are numbered in the order of
   * these calls and of {@link #latentAttention}'s.
   *
   * @param cosines address of a {@link #table} [rows, width / 2], like {@code sines}
   */
  public Rows attention(Heads h, Rows q, Rows k, Rows v, long cosines, long sines) {
    Rows y = rows((long) h.heads() * h.width());
    MemorySegment op = attentionOf(h, h.width(), /* latent= */ false, q, k, v, cosines, sines, y);
    add(Kind.ROTATE, op, 4, false);
    add(Kind.ATTEND, op, 1, false);
    return y;
  }

  private MemorySegment attentionOf(
      Heads h,
      int valueWidth,
      boolean latent,
      Rows q,
      Rows k,
      Rows v,
      long cosines,
      long sines,
      Rows y) {
    MemorySegment cache = words(3);
    caches.add(cache);
    makeScratch(h, valueWidth);
    MemorySegment op = words(29);
    new Words(op)
        .put(h.heads())
        .put(h.keyHeads())
        .put(h.width())
        .put(valueWidth)
        .put(latent ? 1 : 0)
        .put(h.cache().code())
        .put(cache.address())
        .put(q)
        .put(k)
        .put(v)
        .put(h.queryNorm())
        .put(h.keyNorm())
        .put(h.eps())
        .put(h.turnsPairs() ? 1 : 0)
        .put(cosines)
        .put(sines)
        .put(h.scale())
        .put(h.window())
        .put(y)
        .put(partial)
        .put(arrived)
        .end();
    return op;
  }

  /** Single tokens' attention is split over the keys; layers of one form share the room for it. */
  private void makeScratch(Heads h, int valueWidth) {
    long group = h.heads() / h.keyHeads();
    long teams = (long) limits.picked() * h.keyHeads() * Math.ceilDiv(group, QUERIES);
    long one = Math.ceilDiv(valueWidth, MOST_LANES) * (long) MOST_LANES + 2;
    long each = teams * MOST_SPLITS * Math.min(group, QUERIES) * one * Float.BYTES;
    int mark = mark();
    partial = lend("partial", each, each);
    arrived = lend("arrived", teams, teams * Integer.BYTES);
    reuse(mark);
  }

  /**
   * Heads of a latent attention layer: queries of {@code plain + turned} values, over latents of
   * {@code rank} values and one key of {@code turned} for each token, to answers of {@code
   * valueWidth}.
   *
   * @param up plain, [heads * (plain + valueWidth), rank]: of each head its keys, then its values
   * @param norm address of FP32 [rank], the latents' norm
   */
  public record LatentHeads(
      int heads,
      int rank,
      int plain,
      int turned,
      int valueWidth,
      CacheFormat cache,
      Weight up,
      long norm,
      double eps,
      boolean turnsPairs,
      double scale) {}

  /**
   * Attention of q over all latents kept, which the rows {@code down} [rank + turned] join.
   *
   * @param cosines address of a {@link #table} [rows, turned / 2], like {@code sines}
   */
  public Rows latentAttention(LatentHeads h, Rows q, Rows down, long cosines, long sines) {
    int width = h.rank() + h.turned();
    Heads heads =
        new Heads(h.heads(), 1, width, h.cache(), 0, 0, h.eps(), h.turnsPairs(), h.scale(), 0);
    Rows absorbed = rows((long) h.heads() * width);
    Rows seen = rows((long) h.heads() * h.rank());
    MemorySegment attention =
        attentionOf(
            heads,
            h.rank(),
            /* latent= */ true,
            absorbed,
            Rows.NONE,
            Rows.NONE,
            cosines,
            sines,
            seen);
    Rows y = rows((long) h.heads() * h.valueWidth());
    MemorySegment op = words(19);
    new Words(op)
        .put(attention.address())
        .put(h.plain())
        .put(h.turned())
        .put(h.valueWidth())
        .put(h.up())
        .put(q)
        .put(down)
        .put(h.norm())
        .put(h.eps())
        .put(y)
        .end();
    add(Kind.LATENT_IN, op, 1, false);
    add(Kind.ATTEND, attention, 1, false);
    add(Kind.LATENT_OUT, op, 1, false);
    return y;
  }

  /**
   * How rows are sent to experts.
   *
   * @param sigmoid scores are sigmoids; else a softmax
   * @param shares weights are divided by their sum
   * @param factor multiplies the weights, last
   * @param correction address of FP32 [experts] that is added where experts are chosen, or 0
   */
  public record Choice(
      int experts,
      int chosen,
      boolean sigmoid,
      boolean shares,
      double factor,
      int groups,
      int keptGroups,
      long correction) {}

  /** Rows sent to experts: {@link #experts} runs them, {@link #combine} brings them back. */
  public static final class Routing {
    private final MemorySegment op;
    private final long places;

    private Routing(MemorySegment op, long places) {
      this.op = op;
      this.places = places;
    }
  }

  /** Chooses experts by logits [rows, experts]. */
  public Routing route(Choice c, Rows logits) {
    long choices = (long) rowsNow() * c.chosen();
    long places = Math.ceilDiv(choices, TILE) * TILE + (long) TILE * Math.min(choices, c.experts());
    MemorySegment op = words(18);
    new Words(op)
        .put(c.experts())
        .put(c.chosen())
        .put(c.sigmoid() ? 1 : 0)
        .put(c.shares() ? 1 : 0)
        .put(c.factor())
        .put(c.groups())
        .put(c.keptGroups())
        .put(c.correction())
        .put(logits)
        .put(lend("places", choices, choices * Long.BYTES))
        .put(lend("shares", choices, choices * Float.BYTES))
        .put(lend("placed", places, places * Long.BYTES))
        .put(lend("starts", c.experts(), (long) c.experts() * Long.BYTES))
        .put(lend("counts", c.experts(), (long) c.experts() * Long.BYTES))
        .put(lend("active", c.experts(), (long) c.experts() * Long.BYTES))
        .put(lend("totals", 2, 2L * Long.BYTES))
        .end();
    add(Kind.ROUTE, op, 1, false);
    return new Routing(op, places);
  }

  private Rows placed(Routing r, long width) {
    long stride = Math.ceilDiv(width, GROUP) * GROUP;
    long bytes = r.places * stride * Float.BYTES;
    return new Rows(lend("places of " + r.places + " ", width, bytes), width, stride, 0);
  }

  private Operand gathered(Routing r, Rows x, boolean fromTokens, Weight weight) {
    boolean packed = weight.format().isPacked();
    Rows y = packed || !fromTokens ? Rows.NONE : placed(r, x.width());
    Quantised q = quantised(x.width(), r.places, List.of(weight));
    if (y != Rows.NONE || packed) {
      MemorySegment op = words(9 + Quantised.WORDS);
      new Words(op)
          .put(r.op.address())
          .put(fromTokens ? 1 : 0)
          .put(x)
          .put(x.width())
          .put(y)
          .put(q)
          .end();
      add(Kind.GATHER, op, 4, false);
    }
    return new Operand(y == Rows.NONE && !packed ? x : y, q);
  }

  /** {@code down(act(gate(x)) * up(x))} of each row's experts, all of one form: rows of places. */
  public Rows experts(
      Routing r, Rows x, Gate act, List<Weight> gate, List<Weight> up, List<Weight> down) {
    Weight g = gate.getFirst();
    Rows thought = placed(r, g.out());
    Operand in = gathered(r, x, /* fromTokens= */ true, g);
    expertProducts(r, in, Then.GATE, act, gate, up, thought);
    Rows y = placed(r, down.getFirst().out());
    Operand middle = gathered(r, thought, /* fromTokens= */ false, down.getFirst());
    expertProducts(r, middle, Then.STORE, act, down, down, y);
    return y;
  }

  private void expertProducts(
      Routing r, Operand x, Then then, Gate act, List<Weight> first, List<Weight> second, Rows y) {
    Part part = new Part(first.getFirst(), second.getFirst(), 0, 0, y);
    MemorySegment product = productOf(x, then, act, List.of(part));
    MemorySegment op = words(4);
    new Words(op)
        .put(r.op.address())
        .put(product.address())
        .put(addresses(first))
        .put(addresses(second))
        .end();
    long blocks = Math.ceilDiv(first.getFirst().out(), ROWS);
    long share = Math.clamp(blocks / (limits.threads() * 4L), 1, 16);
    boolean plain = !first.getFirst().format().isPacked();
    add(Kind.EXPERTS, op, plain ? Math.ceilDiv(share, 4L) * 4 : share, false);
  }

  private long addresses(List<Weight> weights) {
    MemorySegment list = words(weights.size());
    for (int i = 0; i < weights.size(); i++) {
      list.setAtIndex(ValueLayout.JAVA_LONG, i, weights.get(i).address());
    }
    return list.address();
  }

  /**
   * {@code to += the experts' rows, weighed (+ shared * sigmoid(gate))}.
   *
   * @param shared rows of a network that sees every token, or empty
   * @param gate rows [1] that let it through, or empty for all of it
   */
  public void combine(Routing r, Rows y, Optional<Rows> shared, Optional<Rows> gate, Rows to) {
    MemorySegment op = words(14);
    new Words(op)
        .put(r.op.address())
        .put(y)
        .put(to)
        .put(to.width())
        .put(shared.orElse(Rows.NONE))
        .put(gate.orElse(Rows.NONE))
        .end();
    add(Kind.COMBINE, op, 4, false);
  }

  /** A product that leaves something out, as sparse.c has it. */
  void sparse(MemorySegment op, long chunk) {
    add(Kind.SPARSE, op, chunk, false);
  }

  /** The largest of rows, as top.c has it. */
  void top(MemorySegment op) {
    add(Kind.TOP, op, 1, false);
  }

  /** Ends the part that runs on all tokens: from here on, the picked ones' rows of x. */
  public Rows pick(Rows x) {
    split = entries.size();
    Rows y = rows(x.width());
    MemorySegment op = words(7);
    new Words(op).put(x).put(y).put(x.width()).end();
    add(Kind.PICK, op, 1, false);
    return y;
  }

  /** The program; this planner is used up. */
  public StepProgram build() {
    MemorySegment list = arena.allocate(entries.size() * ENTRY_BYTES, LINE);
    for (int i = 0; i < entries.size(); i++) {
      Entry e = entries.get(i);
      new Words(list.asSlice(i * ENTRY_BYTES, ENTRY_BYTES))
          .put(e.kind().ordinal())
          .put(e.op().address())
          .put(e.chunk())
          .put(e.copied() ? 1 : 0)
          .put(split >= 0 && i >= split ? 1 : 0)
          .end();
    }
    return new StepProgram(
        kernels, arena, list, split < 0 ? entries.size() : split, caches, limits);
  }

  /** Frees what was made, when the plan is given up. */
  public void abandon() {
    arena.close();
  }
}
