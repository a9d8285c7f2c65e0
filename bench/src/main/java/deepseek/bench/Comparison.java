package deepseek.bench;

import deepseek.compute.DType;
import deepseek.models.ModelOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Ours and the peer's run of one prompt, in turn, on one file, with as many threads. The peer takes
 * the faster of its caches. Each side runs until it is warm first.
 */
final class Comparison {
  private static final int WARM_UPS = 3;

  private final Setup setup;
  private final Report report;
  private final int[] prompt;
  private final int newTokens;

  /** Bytes of the weights, for what their reading costs. */
  private long weightBytes;

  /** Seconds of a run that count. */
  record Counted(
      String unit,
      double tokens,
      ToDoubleFunction<Ours.Run> ours,
      ToDoubleFunction<Transformers.Run> peers) {}

  Comparison(Setup setup, Report report, int promptTokens, int newTokens) {
    this.setup = setup;
    this.report = report;
    this.prompt = setup.prompt(promptTokens);
    this.newTokens = newTokens;
  }

  long weightBytes() {
    return weightBytes;
  }

  /** Measures and reports; returns our median in tokens/s. */
  double run(Counted counted) {
    report.figure("threads", setup.applyThreads(), "");
    try (Bfloat16Copy copy = new Bfloat16Copy(setup.resolve())) {
      weightBytes = copy.bytes();
      ModelOptions options = ModelOptions.defaults().withDtype(DType.BFLOAT16);
      try (Ours ours = new Ours(copy.folder(), options)) {
        for (int i = 0; i < WARM_UPS; i++) {
          ours.run(prompt, newTokens);
        }
        if (setup.alone()) {
          return alone(ours, counted);
        }
        try (Transformers peer = setup.peer(copy.folder())) {
          return beside(ours, peer, counted);
        }
      }
    }
  }

  private double alone(Ours ours, Counted counted) {
    List<Double> speeds = new ArrayList<>();
    for (int i = 0; i < setup.repeats(); i++) {
      speeds.add(counted.tokens() / counted.ours().applyAsDouble(ours.run(prompt, newTokens)));
    }
    return told("ours, bfloat16", speeds, counted);
  }

  private double beside(Ours ours, Transformers peer, Counted counted) {
    report.note("peer", peer.versions());
    Transformers.Cache cache = fasterCache(peer, counted);
    report.note("peer's cache, the faster", cache.word());
    List<Double> speeds = new ArrayList<>();
    List<Double> peers = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    int same = 0;
    for (int i = 0; i < setup.repeats(); i++) {
      Ours.Run mine = ours.run(prompt, newTokens);
      Transformers.Run theirs = peer.run(prompt, newTokens, cache);
      speeds.add(counted.tokens() / counted.ours().applyAsDouble(mine));
      peers.add(counted.tokens() / counted.peers().applyAsDouble(theirs));
      ratios.add(speeds.getLast() / peers.getLast());
      int mismatch = Arrays.mismatch(mine.ids(), theirs.ids());
      same = mismatch < 0 ? mine.ids().length : mismatch;
    }
    double median = told("ours, bfloat16", speeds, counted);
    told("transformers, bfloat16", peers, counted);
    report.figure("ratio of neighbours, ours / transformers", Spread.of(ratios), "");
    report.figure("first tokens that agree, of " + newTokens, same, "tokens");
    return median;
  }

  private Transformers.Cache fasterCache(Transformers peer, Counted counted) {
    Map<Transformers.Cache, Double> best = new EnumMap<>(Transformers.Cache.class);
    for (int i = 0; i < WARM_UPS; i++) {
      for (Transformers.Cache cache : Transformers.Cache.values()) {
        double seconds = counted.peers().applyAsDouble(peer.run(prompt, newTokens, cache));
        best.merge(cache, seconds, Math::min);
      }
    }
    return Collections.min(best.entrySet(), Map.Entry.comparingByValue()).getKey();
  }

  private double told(String name, List<Double> speeds, Counted counted) {
    Spread spread = Spread.of(speeds);
    report.figure(name, spread, counted.unit());
    return spread.median();
  }

  static double secondsOf(long nanos) {
    return nanos / 1e9;
  }
}
