package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;

/**
 * Plans attention over kept keys and values: grouped heads, and latents that all heads look at
 * (DeepSeek-V2, arXiv:2405.04434, 2.1). Layers are numbered in the order in which they are planned.
 */
public final class AttentionPlanner {
  /** The widest key or value attention.c has room for. */
  public static final int WIDEST_HEAD = 640;

  // attention.c's.
  private static final int MOST_SPLITS = 16;
  private static final int QUERIES = 32;
  private static final int MOST_LANES = 16;

  private final StepPlanner planner;

  public AttentionPlanner(StepPlanner planner) {
    this.planner = planner;
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
   * Attention of q over all keys kept, which k and v join.
   *
   * @param cosines address of a {@link StepPlanner#table} [rows, width / 2], like {@code sines}
   */
  public Rows grouped(Heads h, Rows q, Rows k, Rows v, long cosines, long sines) {
    Rows y = planner.rows((long) h.heads() * h.width());
    MemorySegment op = attention(h, h.width(), /* latent= */ false, q, k, v, cosines, sines, y);
    planner.add(StepPlanner.Kind.ROTATE, op, 4);
    planner.add(StepPlanner.Kind.ATTEND, op, 1);
    return y;
  }

  /** {@code attention_t}. */
  private MemorySegment attention(
      Heads h,
      int valueWidth,
      boolean latent,
      Rows q,
      Rows k,
      Rows v,
      long cosines,
      long sines,
      Rows y) {
    Splits splits = splits(h, valueWidth);
    return planner
        .structure(29)
        .put(h.heads())
        .put(h.keyHeads())
        .put(h.width())
        .put(valueWidth)
        .put(latent)
        .put(h.cache().code())
        .put(planner.cache().address())
        .put(q)
        .put(k)
        .put(v)
        .put(h.queryNorm())
        .put(h.keyNorm())
        .put(h.eps())
        .put(h.turnsPairs())
        .put(cosines)
        .put(sines)
        .put(h.scale())
        .put(h.window())
        .put(y)
        .put(splits.partial())
        .put(splits.arrived())
        .end();
  }

  /** What threads that share a token's keys have found, and how many of them are done. */
  private record Splits(long partial, long arrived) {}

  /** Single tokens' attention is split over the keys; layers of one form share the room for it. */
  private Splits splits(Heads h, int valueWidth) {
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
      double scale) {
    /** As one key head, of latents beside turned keys. */
    private Heads absorbed() {
      return new Heads(heads, 1, rank + turned, cache, 0, 0, eps, turnsPairs, scale, 0);
    }
  }

  /**
   * Attention of q over all latents kept, which the rows {@code down} [rank + turned] join.
   *
   * @param cosines address of a {@link StepPlanner#table} [rows, turned / 2], like {@code sines}
   */
  public Rows latent(LatentHeads h, Rows q, Rows down, long cosines, long sines) {
    Heads heads = h.absorbed();
    Rows absorbed = planner.rows((long) h.heads() * heads.width());
    Rows seen = planner.rows((long) h.heads() * h.rank());
    MemorySegment attention =
        attention(
            heads,
            h.rank(),
            /* latent= */ true,
            absorbed,
            Rows.NONE,
            Rows.NONE,
            cosines,
            sines,
            seen);
    Rows y = planner.rows((long) h.heads() * h.valueWidth());
    // latent_t
    MemorySegment op =
        planner
            .structure(19)
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
    planner.add(StepPlanner.Kind.LATENT_IN, op, 1);
    planner.add(StepPlanner.Kind.ATTEND, attention, 1);
    planner.add(StepPlanner.Kind.LATENT_OUT, op, 1);
    return y;
  }
}
