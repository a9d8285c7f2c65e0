package deepseek.nn.attention;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LargestLogits;
import deepseek.compute.PageTable;
import deepseek.compute.Plan;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.nn.NnException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Runs a decoder's plan over token ids and a cache, in calls of the size that the plan has. */
public final class PlannedSteps implements AutoCloseable {
  private static final String RUN = "run decoder";

  private final Plan plan;
  private final long vocabulary;

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
      int length = (int) ids.size(1);
      long[] tokens = known(ids.toLongs());
      cache.announce(length);
      int most = plan.maxTokens() / cache.batch();
      for (int from = 0; from < length; from += most) {
        int share = Math.min(most, length - from);
        List<Part> parts = parts(cache, share);
        boolean ends = from + share == length;
        run(tokens, from, parts, cache, ends ? lastRows(parts, cache.batch()) : new int[0]);
        cache.advance(share);
      }
      return largest;
    }
  }

  private static int[] lastRows(List<Part> parts, int batch) {
    if (parts.size() < batch) {
      throw new NnException(
          RUN,
          "text in every row of the batch",
          "padding alone in " + (batch - parts.size()),
          "pass at least one token after each row's padding");
    }
    return parts.stream().mapToInt(part -> part.begin() + part.count() - 1).toArray();
  }

  /** Logits [B, L, V] of all new tokens ids [B, L], which the cache then holds; padding's are 0. */
  public Tensor all(Tensor ids, KvCache cache) {
    requireFitting(ids, cache);
    plan.findLargest(0);
    try (Scope scope = Scope.open()) {
      int batch = cache.batch();
      int length = (int) ids.size(1);
      long[] tokens = known(ids.toLongs());
      cache.announce(length);
      Tensor logits = Tensor.zeros(DType.FLOAT32, Device.CPU, batch, length, plan.width());
      int most = plan.maxTokens() / batch;
      for (int from = 0; from < length; from += most) {
        int share = Math.min(most, length - from);
        List<Part> parts = parts(cache, share);
        run(tokens, from, parts, cache);
        for (Part part : parts) {
          Tensor row = logits.select(0, part.row());
          for (int done = 0; done < part.count(); done += plan.maxPicked()) {
            int count = Math.min(plan.maxPicked(), part.count() - done);
            int first = part.begin() + done;
            plan.runPicked(IntStream.range(first, first + count).toArray());
            row.narrow(0, from + part.blanks() + done, count).copyFrom(plan.logits(count));
          }
        }
        cache.advance(share);
      }
      return scope.keep(logits);
    }
  }

  /**
   * The text among the next tokens of a row of the batch.
   *
   * @param begin its first row in the call
   * @param blanks of padding before it
   */
  private record Part(int row, int begin, int blanks, int count) {}

  /** The next {@code share} tokens of each row; those that are all padding have none. */
  private static List<Part> parts(KvCache cache, int share) {
    List<Part> parts = new ArrayList<>();
    int begin = 0;
    for (int row = 0; row < cache.batch(); row++) {
      int blanks = Math.clamp(cache.padding(row) - (long) cache.length(), 0, share);
      if (blanks < share) {
        parts.add(new Part(row, begin, blanks, share - blanks));
        begin += share - blanks;
      }
    }
    return parts;
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
    cache.requireRoom(ids.size(1));
  }

  /** Runs tokens {@code from} on of each row, as far as they are text. */
  private void run(long[] ids, int from, List<Part> parts, KvCache cache, int... picks) {
    if (parts.isEmpty()) {
      return;
    }
    List<PageTable> pages = cache.pages(plan.pages());
    int length = ids.length / cache.batch();
    List<Plan.Span> spans = new ArrayList<>();
    int most = 0;
    for (Part part : parts) {
      int first = part.row() * length + from + part.blanks();
      for (int i = 0; i < part.count(); i++) {
        plan.token(part.begin() + i, ids[first + i]);
      }
      int slot = cache.length() + part.blanks() - cache.padding(part.row());
      spans.add(new Plan.Span(pages.get(part.row()), slot, part.count()));
      most = Math.max(most, part.blanks() + part.count());
    }
    writeRotaryTables(cache, spans, most);
    plan.run(spans, picks);
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

  private void writeRotaryTables(KvCache cache, List<Plan.Span> spans, int newTokens) {
    int total = cache.textLength(newTokens);
    for (Object key : plan.rotaries()) {
      RotaryEmbedding rotary = (RotaryEmbedding) key;
      float[] frequencies = rotary.frequencies(total);
      float[] cosines = new float[frequencies.length];
      float[] sines = new float[frequencies.length];
      int row = 0;
      for (Plan.Span span : spans) {
        for (int i = 0; i < span.count(); i++) {
          rotary.angles((int) span.slot() + i, frequencies, cosines, sines);
          plan.rotary(rotary, row++, cosines, sines);
        }
      }
    }
  }

  /** The plan's own memory goes; weights are the layers'. */
  @Override
  public void close() {
    plan.close();
  }
}
