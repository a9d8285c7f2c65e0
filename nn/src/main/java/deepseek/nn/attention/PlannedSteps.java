package deepseek.nn.attention;

import deepseek.compute.DType;
import deepseek.compute.LargestLogits;
import deepseek.compute.Plan;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.nn.NnException;
import java.util.ArrayList;
import java.util.List;

/** Runs a decoder's plan over token ids and a cache, in calls of the size that the plan has. */
public final class PlannedSteps implements AutoCloseable {
  private static final String RUN = "run decoder";

  private final Plan plan;
  private final long vocabulary;
  private List<Tensor> rooms = List.of();

  /**
   * Takes ownership of the plan; its rotary embeddings are {@link RotaryEmbedding}s.
   *
   * @param vocabulary rows of the embedding table
   */
  public PlannedSteps(Plan plan, long vocabulary) {
    Checks.require(
        RUN,
        plan.rotaries().stream().allMatch(RotaryEmbedding.class::isInstance),
        "a plan with rotary embeddings of this package",
        plan.rotaries().toString(),
        "plan it by Attention's plan");
    this.plan = plan;
    this.vocabulary = vocabulary;
  }

  /** The forms of weights that are multiplied by. */
  public List<Plan.Product> products() {
    return plan.products();
  }

  /** Whether a batch of this many sequences can run by the plan. */
  public boolean fits(long batch) {
    return batch <= plan.maxPicked();
  }

  /** Logits [B, V] of the last of the new tokens ids [B, L], which the cache then holds. */
  public Tensor last(Tensor ids, KvCache cache) {
    lastLargest(ids, cache, 0);
    return plan.logits(cache.batch());
  }

  /**
   * The {@code count} largest logits of each row's last new token, at most {@link
   * LargestLogits#MOST}. Valid until the next step.
   */
  public LargestLogits lastLargest(Tensor ids, KvCache cache, int count) {
    requireFitting(ids, cache);
    LargestLogits largest = plan.findLargest(count);
    try (Scope scope = Scope.open()) {
      int batch = cache.batch();
      int length = (int) ids.size(1);
      long[] tokens = known(ids.toLongs());
      cache.announce(length);
      int most = plan.maxTokens() / batch;
      for (int from = 0; from < length; from += most) {
        int share = Math.min(most, length - from);
        boolean ends = from + share == length;
        int[] picks = new int[ends ? batch : 0];
        for (int row = 0; row < picks.length; row++) {
          picks[row] = row * share + share - 1;
        }
        run(tokens, from, share, cache, picks);
      }
      return largest;
    }
  }

  /** Logits [B, L, V] of all new tokens ids [B, L], which the cache then holds. */
  public Tensor all(Tensor ids, KvCache cache) {
    requireFitting(ids, cache);
    plan.findLargest(0);
    try (Scope scope = Scope.open()) {
      int batch = cache.batch();
      int length = (int) ids.size(1);
      long[] tokens = known(ids.toLongs());
      cache.announce(length);
      int share = plan.maxTokens() / batch;
      List<Tensor> parts = new ArrayList<>();
      for (int from = 0; from < length; from += share) {
        int count = Math.min(share, length - from);
        run(tokens, from, count, cache);
        List<Tensor> rows = new ArrayList<>();
        for (int row = 0; row < batch * count; row += plan.maxPicked()) {
          int[] picks = new int[Math.min(plan.maxPicked(), batch * count - row)];
          for (int i = 0; i < picks.length; i++) {
            picks[i] = row + i;
          }
          plan.runPicked(picks);
          rows.add(plan.logits(picks.length));
        }
        parts.add(Tensor.cat(rows, 0).reshape(batch, count, -1));
      }
      return scope.keep(Tensor.cat(parts, 1));
    }
  }

  private void requireFitting(Tensor ids, KvCache cache) {
    if (ids.rank() != 2 || ids.size(1) < 1 || ids.dtype() != DType.INT64) {
      throw new NnException(
          RUN, "token ids int64[B, L] with L from 1", ids.toString(), "pass at least one token");
    }
    if (ids.size(0) != cache.batch() || !fits(cache.batch())) {
      throw new NnException(
          RUN,
          cache.batch() + " rows as the cache has, at most " + plan.maxPicked(),
          ids.size(0) + " rows",
          "make a cache for this batch");
    }
    if (cache.numLayers() < plan.caches().size()) {
      throw new NnException(
          RUN,
          "a cache of " + plan.caches().size() + " layers",
          cache.numLayers() + " layers",
          "make a cache for this decoder");
    }
    cache.requireRoom(ids.size(1));
  }

  /** Tokens {@code from} on of each row, {@code count} of them. */
  private void run(long[] ids, int from, int count, KvCache cache, int... picks) {
    makeRoom(cache, count);
    int batch = cache.batch();
    int length = ids.length / batch;
    for (int row = 0; row < batch; row++) {
      for (int i = 0; i < count; i++) {
        int slot = cache.length() + i;
        int first = Math.min(cache.padding(row), slot);
        plan.token(row * count + i, ids[row * length + from + i], slot, first);
      }
    }
    writeRotaryTables(cache, count);
    plan.run(batch, count, picks);
    cache.advance(count);
  }

  private long[] known(long[] ids) {
    for (long id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new NnException(
            RUN,
            "token ids from 0 to " + (vocabulary - 1),
            String.valueOf(id),
            "check that tokenizer and model belong together");
      }
    }
    return ids;
  }

  private void writeRotaryTables(KvCache cache, int count) {
    int total = cache.textLength(count);
    for (Object key : plan.rotaries()) {
      RotaryEmbedding rotary = (RotaryEmbedding) key;
      float[] frequencies = rotary.frequencies(total);
      float[] cosines = new float[frequencies.length];
      float[] sines = new float[frequencies.length];
      for (int row = 0; row < cache.batch(); row++) {
        for (int i = 0; i < count; i++) {
          int position = Math.max(0, cache.length() + i - cache.padding(row));
          rotary.angles(position, frequencies, cosines, sines);
          plan.rotary(rotary, row * count + i, cosines, sines);
        }
      }
    }
  }

  private void makeRoom(KvCache cache, int newTokens) {
    List<Plan.CacheShape> shapes = plan.caches();
    List<Tensor> before = rooms;
    rooms = List.of(); // none is certain if this ends early
    List<Tensor> now = new ArrayList<>(2 * shapes.size());
    for (int i = 0; i < shapes.size(); i++) {
      Plan.CacheShape shape = shapes.get(i);
      DType dtype = shape.dtype();
      int heads = shape.heads();
      List<LayerCache.Slot> slots = slots(shape.kept());
      Tensor keys = cache.room(i, slots.getFirst(), newTokens, dtype, heads, shape.keyWidth());
      Tensor values = cache.room(i, slots.getLast(), newTokens, dtype, heads, shape.valueWidth());
      now.addAll(List.of(keys, values));
      if (before.isEmpty() || keys != before.get(2 * i) || values != before.get(2 * i + 1)) {
        plan.keepAt(i, keys, values);
      }
    }
    rooms = now;
  }

  /** The tensors of keys and of values. */
  private static List<LayerCache.Slot> slots(Plan.Kept kept) {
    return switch (kept) {
      case KEYS_AND_VALUES -> List.of(LayerCache.Slot.KEY, LayerCache.Slot.VALUE);
      case LATENTS -> List.of(LayerCache.Slot.LATENT, LayerCache.Slot.LATENT);
    };
  }

  /** The plan's own memory goes; weights are the layers'. */
  @Override
  public void close() {
    plan.close();
  }
}
