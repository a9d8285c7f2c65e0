package deepseek.bench;

import deepseek.compute.InferenceMode;
import deepseek.compute.Scope;
import deepseek.models.AutoModel;
import deepseek.models.ModelOptions;
import deepseek.models.decoder.Decoder;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.Span;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Steps of several sequences with one token each, as continuous batching runs them, compared with
 * steps of one.
 */
@Command(name = "rows", description = "Steps of several sequences with one token each.")
final class RowsCommand implements Runnable {
  private static final int WARM_STEPS = 5;

  @Mixin private Setup setup;

  @Option(
      names = "--sequences",
      split = ",",
      defaultValue = "1,2,3,4,6,8,12,16",
      description = "How many in a step, in turn; default: ${DEFAULT-VALUE}.")
  private List<Integer> counts;

  @Option(
      names = "--context",
      defaultValue = "200",
      description = "Tokens of each before the first step; default: ${DEFAULT-VALUE}.")
  private int context;

  @Option(
      names = "--steps",
      defaultValue = "20",
      description = "Of each number of sequences in a run; default: ${DEFAULT-VALUE}.")
  private int steps;

  private final Random random = new Random(0);

  @Override
  public void run() {
    Report report = setup.report("rows");
    setup.applyThreads();
    Map<Integer, List<Double>> millis = new LinkedHashMap<>();
    counts.forEach(count -> millis.put(count, new ArrayList<>()));
    try (Decoder decoder = AutoModel.fromPretrained(setup.model(), ModelOptions.defaults());
        InferenceMode mode = InferenceMode.enter()) {
      for (int i = 0; i < setup.repeats(); i++) {
        millis.forEach((count, all) -> all.addAll(measure(decoder, count)));
      }
    }
    Spread first = Spread.of(millis.getOrDefault(counts.getFirst(), List.of()));
    millis.forEach((count, all) -> report(report, count, Spread.of(all), first));
  }

  /** Other programs only ever add to a step's time, so that the shortest ones are compared. */
  private static void report(Report report, int count, Spread millis, Spread first) {
    report.figure(count + " sequences", millis, "ms");
    report.figure(count + " sequences: shortest, of the first's", millis.min() / first.min(), "");
    report.figure(count + " sequences: at most", 1000 * count / millis.min(), "tokens/s");
  }

  private List<Double> measure(Decoder decoder, int count) {
    List<KvCache> caches = new ArrayList<>();
    List<Double> millis = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        caches.add(decoder.newCache(context + WARM_STEPS + steps));
        step(decoder, List.of(new Span(caches.getLast(), tokens(decoder, context), 1)));
      }
      for (int i = 0; i < WARM_STEPS + steps; i++) {
        List<Span> spans =
            caches.stream().map(cache -> new Span(cache, tokens(decoder, 1), 1)).toList();
        double took = step(decoder, spans) / 1e6;
        if (i >= WARM_STEPS) {
          millis.add(took);
        }
      }
    } finally {
      caches.forEach(KvCache::close);
    }
    return millis;
  }

  private int[] tokens(Decoder decoder, int count) {
    return random.ints(count, 0, decoder.config().vocabSize()).toArray();
  }

  /** Nanoseconds until the likeliest next tokens are known. */
  private static long step(Decoder decoder, List<Span> spans) {
    long begin = System.nanoTime();
    try (Scope scope = Scope.open()) {
      decoder.step(spans, 1).ids(0);
    }
    return System.nanoTime() - begin;
  }
}
