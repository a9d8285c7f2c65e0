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
import java.util.Arrays;
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

  /** Bytes that the sequences' pages hold, one that several share counted once. */
  public long usedBytes() {
    return plan.pages().usedBytes();
  }

  /** Bytes that a step of {@code newTokens} more takes for what {@code cache} keeps. */
  public long bytesFor(KvCache cache, int newTokens) {
    return cache.pages(plan.pages()).bytesFor(cache.length(), newTokens);
  }

  /** The forms of weights that are multiplied by. */
  public List<Plan.Product> products() {
    return plan.products();
  }

  /**
   * Runs the spans' tokens, at most {@link Plan#maxTokens}, which their caches then hold.
   *
   * @param count of the largest logits to look for, at most {@link LargestLogits#MOST}; 0: none
   * @return the logits of each span's picked tokens, in turn; valid until the next step
   */
  public LargestLogits step(List<Span> spans, int count) {
    LargestLogits largest = plan.findLargest(count);
    IntStream.Builder picks = IntStream.builder();
    int end = 0;
    for (Span span : spans) {
      end += span.ids().length;
      IntStream.range(end - span.picked(), end).forEach(picks);
    }
    run(spans, picks.build().toArray());
    spans.forEach(span -> span.cache().advance(span.ids().length));
    return largest;
  }

  /** Logits [L, V] of all of a sequence's new tokens, any number, which its cache then holds. */
  public Tensor all(KvCache cache, int... ids) {
    plan.findLargest(0);
    cache.announce(ids.length);
    try (Scope scope = Scope.open()) {
      Tensor logits = Tensor.empty(DType.FLOAT32, Device.CPU, ids.length, plan.width());
      for (int from = 0; from < ids.length; from += plan.maxTokens()) {
        int share = Math.min(plan.maxTokens(), ids.length - from);
        run(List.of(new Span(cache, Arrays.copyOfRange(ids, from, from + share), 0)));
        for (int done = 0; done < share; done += plan.maxPicked()) {
          int count = Math.min(plan.maxPicked(), share - done);
          plan.runPicked(IntStream.range(done, done + count).toArray());
          logits.narrow(0, from + done, count).copyFrom(plan.logits(count));
        }
        cache.advance(share);
      }
      return scope.keep(logits);
    }
  }

  private void run(List<Span> spans, int... picks) {
    List<Plan.Span> planned = new ArrayList<>();
    int row = 0;
    for (Span span : spans) {
      span.cache().requireRoom(span.ids().length);
      for (int id : span.ids()) {
        plan.token(row++, known(id));
      }
      PageTable pages = span.cache().pages(plan.pages());
      planned.add(new Plan.Span(pages, span.cache().length(), span.ids().length));
    }
    writeRotaryTables(spans);
    plan.run(planned, picks);
  }

  private int known(int id) {
    if (id < 0 || id >= vocabulary) {
      throw new NnException(
          RUN,
          "token ids from 0 to " + (vocabulary - 1),
          String.valueOf(id),
          "check that tokenizer and model belong together");
    }
    return id;
  }

  private void writeRotaryTables(List<Span> spans) {
    for (Object key : plan.rotaries()) {
      RotaryEmbedding rotary = (RotaryEmbedding) key;
      int row = 0;
      for (Span span : spans) {
        int count = span.ids().length;
        float[] frequencies = rotary.frequencies(span.cache().textLength(count));
        float[] cosines = new float[frequencies.length];
        float[] sines = new float[frequencies.length];
        for (int i = 0; i < count; i++) {
          rotary.angles(span.cache().length() + i, frequencies, cosines, sines);
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
