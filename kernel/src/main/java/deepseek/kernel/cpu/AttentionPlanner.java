package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;

/**
 * Plans attention over a KV cache: grouped-query attention, and multi-head latent attention
 * (DeepSeek-V2, arXiv:2405.04434, 2.1); and an encoder's, over whole spans without one. Layers are
 * numbered in the order in which they are planned.
 */
public final class AttentionPlanner {
  /** The largest width of a key or value that attention.c supports. */
  public static final int WIDEST_HEAD = 640;

  // As in attention.c.
  private static final int MOST_SPLITS = 16;
  private static final int QUERIES = 32;
  private static final int MOST_LANES = 16;

  private final StepPlanner planner;

  /** Adds to the program of {@code planner}. */
  public AttentionPlanner(StepPlanner planner) {
    this.planner = planner;
  }

  /**
   * Weights of the RMSNorms of each head's query and key, before the rotary embedding: addresses of
   * FP32 [width], or 0.
   *
   * @param eps added to the mean of squares
   */
  public record HeadNorms(long query, long key, double eps) {
    /** Without norms. */
    public static final HeadNorms NONE = new HeadNorms(0, 0, 0);
  }

  /**
   * Attention of q over all cached keys, after k and v were appended to the cache.
   *
   * @param cosines address of a {@link StepPlanner#table} [rows, width / 2], like {@code sines}
   */
  public Rows grouped(
      GroupedHeads h,
      HeadNorms norms,
      CacheFormat cache,
      Rows q,
      Rows k,
      Rows v,
      long cosines,
      long sines) {
    Rows y = planner.rows((long) h.heads() * h.width());
    MemorySegment op =
        attention(
            h,
            norms,
            cache,
            h.width(),
            Sight.CACHED,
            new Projected(q, k, v),
            new Rotary(cosines, sines),
            y);
    planner.add(StepPlanner.Kind.ROTATE, op, 4);
    planner.add(StepPlanner.Kind.ATTEND, op, 1);
    return y;
  }

  /**
   * Attention of each of the call's tokens over all tokens of its span. Spans begin at slot 0, and
   * nothing is kept after the call.
   */
  public Rows whole(GroupedHeads h, Rows q, Rows k, Rows v) {
    Rows y = planner.rows((long) h.heads() * h.width());
    planner.add(
        StepPlanner.Kind.ATTEND,
        structure(
            h,
            HeadNorms.NONE,
            new Kept(CacheFormat.F32, 0, 0, 0),
            h.width(),
            Sight.WHOLE,
            new Projected(q, k, v),
            new Rotary(0, 0),
            y,
            new Splits(0, 0)),
        1);
    return y;
  }

  /** What a token attends to, and how keys and values lie there. */
  private enum Sight {
    /** To the tokens before it, which are cached. */
    CACHED,
    /** The same, and each value is a prefix of its key. */
    LATENT,
    /** To its whole span, of which nothing is cached. */
    WHOLE
  }

  /** Where a layer's keys and values are in the pages of a group. */
  private record Kept(CacheFormat format, int group, long keys, long values) {}

  private record Projected(Rows q, Rows k, Rows v) {}

  /** Addresses of tables [rows, width / 2]. */
  private record Rotary(long cosines, long sines) {}

  private MemorySegment attention(
      GroupedHeads h,
      HeadNorms norms,
      CacheFormat cache,
      int valueWidth,
      Sight sight,
      Projected rows,
      Rotary rotary,
      Rows y) {
    Splits splits = splits(h, valueWidth);
    boolean latent = sight == Sight.LATENT;
    PageLayout pages = planner.pages();
    int keyBytes =
        latent
            ? cache.valueBytes(valueWidth) + cache.keyBytes(h.width() - valueWidth)
            : cache.keyBytes(h.width());
    PageLayout.Part keys = pages.add(h.window(), h.keyHeads(), keyBytes);
    PageLayout.Part values =
        latent ? keys : pages.add(h.window(), h.keyHeads(), cache.valueBytes(valueWidth));
    Kept kept = new Kept(cache, keys.group(), keys.offset(), values.offset());
    return structure(h, norms, kept, valueWidth, sight, rows, rotary, y, splits);
  }

  /** {@code attention_t}. */
  private MemorySegment structure(
      GroupedHeads h,
      HeadNorms norms,
      Kept kept,
      int valueWidth,
      Sight sight,
      Projected rows,
      Rotary rotary,
      Rows y,
      Splits splits) {
    return planner
        .structure(32)
        .put(h.heads())
        .put(h.keyHeads())
        .put(h.width())
        .put(valueWidth)
        .put(sight == Sight.LATENT)
        .put(kept.format().code())
        .put(kept.group())
        .put(kept.keys())
        .put(kept.values())
        .put(rows.q())
        .put(rows.k())
        .put(rows.v())
        .put(norms.query())
        .put(norms.key())
        .put(norms.eps())
        .put(h.interleaved())
        .put(rotary.cosines())
        .put(rotary.sines())
        .put(h.scale())
        .put(h.window())
        .put(sight == Sight.WHOLE)
        .put(y)
        .put(splits.partial())
        .put(splits.arrived())
        .end();
  }

  /**
   * Partial results of the threads that share one token's keys, and a count of those that finished.
   */
  private record Splits(long partial, long arrived) {}

  /**
   * Attention of a single token is split over the keys; layers of the same shape share its buffers.
   */
  private Splits splits(GroupedHeads h, int valueWidth) {
    long group = h.heads() / h.keyHeads();
    long teams = (long) planner.limits().picked() * h.keyHeads() * Math.ceilDiv(group, QUERIES);
    long one = Math.ceilDiv(valueWidth, MOST_LANES) * (long) MOST_LANES + 2;
    long each = teams * MOST_SPLITS * Math.min(group, QUERIES) * one * Float.BYTES;
    StepMemory memory = planner.memory();
    int mark = memory.mark();
    Splits splits =
        new Splits(
            memory.lend("partial", each, each),
            memory.lend("arrived", teams, teams * Integer.BYTES));
    memory.reuse(mark);
    return splits;
  }

  /**
   * The projection of latents to each head's keys and values.
   *
   * @param up not packed, [heads * (nopeWidth + valueWidth), rank]: for each head the rows of its
   *     keys, then those of its values
   * @param norm address of FP32 [rank], the weights of the latents' RMSNorm
   * @param eps added to its mean of squares
   */
  public record LatentWeights(WeightOperand up, long norm, double eps) {}

  /** The equivalent layer with a single key head: a latent followed by the rotary key. */
  private static GroupedHeads absorbed(LatentHeads h) {
    return new GroupedHeads(
        h.heads(), 1, h.rank() + h.ropeWidth(), h.interleaved(), h.scale(), /* window= */ 0);
  }

  /**
   * Attention of q over all cached latents, after the rows {@code down} [rank + ropeWidth] were
   * appended.
   *
   * @param cosines address of a {@link StepPlanner#table} [rows, ropeWidth / 2], like {@code sines}
   */
  public Rows latent(
      LatentHeads h,
      LatentWeights weights,
      CacheFormat cache,
      Rows q,
      Rows down,
      long cosines,
      long sines) {
    GroupedHeads heads = absorbed(h);
    Rows absorbed = planner.rows((long) h.heads() * heads.width());
    Rows seen = planner.rows((long) h.heads() * h.rank());
    MemorySegment attention =
        attention(
            heads,
            HeadNorms.NONE,
            cache,
            h.rank(),
            Sight.LATENT,
            new Projected(absorbed, Rows.NONE, Rows.NONE),
            new Rotary(cosines, sines),
            seen);
    Rows y = planner.rows((long) h.heads() * h.valueWidth());
    // latent_t
    MemorySegment op =
        planner
            .structure(19)
            .put(attention.address())
            .put(h.nopeWidth())
            .put(h.ropeWidth())
            .put(h.valueWidth())
            .put(weights.up())
            .put(q)
            .put(down)
            .put(weights.norm())
            .put(weights.eps())
            .put(y)
            .end();
    planner.add(StepPlanner.Kind.LATENT_IN, op, 1);
    planner.add(StepPlanner.Kind.ATTEND, attention, 1);
    planner.add(StepPlanner.Kind.LATENT_OUT, op, 1);
    return y;
  }
}
