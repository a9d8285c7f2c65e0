package deepseek.models.generate;

import deepseek.compute.LargestLogits;
import deepseek.models.ModelException;
import deepseek.text.grammar.TokenMask;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;

/** Chooses an answer's tokens; remembers what stood in it for the penalties and the constraint. */
final class Sampler {
  private static final RandomGeneratorFactory<RandomGenerator> RANDOM =
      RandomGeneratorFactory.of("L64X128MixRandom");

  private final Sampling sampling;
  private final RandomGenerator random;
  private final Map<Integer, Integer> inAnswer = new HashMap<>();
  private final boolean[] seen;
  private final Optional<TokenConstraint> constraint;

  Sampler(Sampling sampling, Optional<TokenConstraint> constraint, int[] prompt, int vocabSize) {
    this.sampling = sampling;
    this.constraint = constraint;
    // Each answer draws from random numbers of its own, so that none depends on the others.
    this.random =
        sampling.seed().isPresent() ? RANDOM.create(sampling.seed().getAsLong()) : RANDOM.create();
    this.seen = new boolean[sampling.penalises() ? vocabSize : 0];
    for (int id : prompt) {
      if (id < seen.length) {
        seen[id] = true;
      }
    }
  }

  /** Whether the choice is simply the largest logit, of those that are allowed. */
  boolean takesLargest() {
    return sampling.isGreedy() && !sampling.changesLogits();
  }

  /**
   * How many of the largest logits tell the choice, but for ties. Of top-k's the one after its last
   * says whether these two are equal once divided by the temperature. Where all are needed, the
   * largest still tells whether they are numbers.
   */
  int looksAt() {
    return choosesAmongFew() ? sampling.topK() + 1 : 1;
  }

  private boolean choosesAmongFew() {
    int k = sampling.topK();
    return k > 0
        && k < LargestLogits.MOST
        && constraint.isEmpty()
        && !sampling.isGreedy()
        && !sampling.changesLogits();
  }

  /** Counts a token as part of the answer. */
  void accept(int id) {
    if (seen.length > 0) {
      seen[id] = true;
      inAnswer.merge(id, 1, Integer::sum);
    }
    constraint.ifPresent(c -> c.accept(id));
  }

  /** The next token from {@code logits} [V], which this changes. */
  int choose(float[] logits) {
    sampling.logitBias().forEach((id, bias) -> logits[id] += (float) (double) bias);
    penalise(logits);
    constraint.ifPresent(c -> allow(c.mask(), logits));
    if (sampling.isGreedy()) {
      return largest(logits);
    }
    heat(logits, logits[largest(logits)]);
    return Candidates.of(logits, sampling).draw(random.nextDouble());
  }

  /**
   * The token that {@link #choose(float[])} takes from all logits, by the {@link #looksAt} largest
   * of them.
   *
   * @param ids by falling value, of equals the lower first, like {@code values}; all there are
   *     where these are fewer than asked for
   * @param all the logits, asked for where the largest leave the choice open
   */
  int choose(int[] ids, float[] values, Supplier<float[]> all) {
    if (takesLargest() && constraint.map(c -> c.mask().allows(ids[0])).orElse(true)) {
      return ids[0];
    }
    if (!choosesAmongFew()) {
      return choose(all.get());
    }
    float[] heated = values.clone();
    heat(heated, values[0]);
    int k = sampling.topK();
    boolean told = ids.length <= k || heated[k] < heated[k - 1];
    return told
        ? Candidates.ofLargest(ids, heated, sampling).draw(random.nextDouble())
        : choose(all.get());
  }

  /** Of quotients beyond the range of floats, only the distance from the largest is kept. */
  private void heat(float[] logits, float top) {
    double temperature = sampling.temperature();
    float origin = Float.isFinite((float) (top / temperature)) ? 0 : top;
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (((double) logits[i] - origin) / temperature);
    }
  }

  private static void allow(TokenMask mask, float[] logits) {
    if (mask.isEmpty()) {
      throw new ModelException(
          "constrain an answer",
          "a token of the vocabulary that continues it",
          "none",
          "allow other characters, or use a model whose tokens have them");
    }
    mask.apply(logits);
  }

  private void penalise(float[] logits) {
    double repetition = sampling.repetitionPenalty();
    if (repetition != 1) {
      for (int i = 0; i < seen.length; i++) {
        if (seen[i]) {
          logits[i] = (float) (logits[i] > 0 ? logits[i] / repetition : logits[i] * repetition);
        }
      }
    }
    inAnswer.forEach(
        (id, count) ->
            logits[id] -=
                (float) (sampling.presencePenalty() + count * sampling.frequencyPenalty()));
    float top = logits.length == 0 ? 0 : logits[largest(logits)];
    if (!Float.isFinite(top)) {
      throw new ModelException(
          "penalise tokens",
          "finite logits",
          String.valueOf(top),
          "choose a repetition penalty nearer to 1, which is now "
              + repetition
              + ", or forbid fewer tokens");
    }
  }

  private static int largest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  /** The tokens that may be drawn, with their weights. */
  private record Candidates(int[] ids, double[] weights) {
    /** The widest gap to the largest that is told apart weighs e^-31.5. */
    private static final int BANDS = 64;

    static Candidates of(float[] logits, Sampling sampling) {
      double top = logits[largest(logits)];
      Candidates kept =
          sampling.topK() > 0
              ? likeliest(weighed(placesOfLargest(logits, sampling.topK()), logits, top), sampling)
              : sampling.topP() < 1 ? nucleus(logits, top, sampling.topP()) : allOf(logits, top);
      return kept.notBelow(sampling.minP());
    }

    /** By the k largest and at most one more, by falling value. */
    static Candidates ofLargest(int[] ids, float[] logits, Sampling sampling) {
      int[] byId =
          IntStream.range(0, Math.min(ids.length, sampling.topK()))
              .boxed()
              .sorted(Comparator.comparingInt(i -> ids[i]))
              .mapToInt(Integer::intValue)
              .toArray();
      // Ranked anew: logits that differ may weigh the same.
      return likeliest(weighed(byId, logits, logits[0]).of(ids), sampling)
          .notBelow(sampling.minP());
    }

    /** The same, of the ids at these places. */
    private Candidates of(int[] all) {
      return new Candidates(Arrays.stream(ids).map(i -> all[i]).toArray(), weights);
    }

    private Candidates notBelow(double minP) {
      return minP > 0 ? atLeast(minP) : this;
    }

    /** Weights relative to that of the largest logit, which is 1. */
    private static Candidates weighed(int[] ids, float[] logits, double top) {
      double[] weights = new double[ids.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = Math.exp(logits[ids[i]] - top);
      }
      return new Candidates(ids, weights);
    }

    /** The first k by falling weight, of those the fewest that reach top-p of them. */
    private static Candidates likeliest(Candidates all, Sampling sampling) {
      Candidates first = all.ranked().first(sampling.topK());
      return first.first(first.reaching(sampling.topP(), Arrays.stream(first.weights).sum()));
    }

    private static Candidates allOf(float[] logits, double top) {
      return weighed(IntStream.range(0, logits.length).toArray(), logits, top);
    }

    /** The fewest that reach this share of all weights, by falling weight. */
    private static Candidates nucleus(float[] logits, double top, double share) {
      double[] weights = new double[logits.length];
      double[] inBand = new double[BANDS];
      double total = 0;
      for (int i = 0; i < weights.length; i++) {
        double weight = Math.exp(logits[i] - top);
        weights[i] = weight;
        total += weight;
        inBand[band(logits[i], top)] += weight;
      }
      // Only the few that can be among them are sorted; sums in another order are not quite equal.
      int last = 0;
      for (double sum = inBand[0]; last < BANDS - 1 && sum / total < share + 1e-9; ) {
        sum += inBand[++last];
      }
      int[] ids = ranked(logits, top, last);
      Candidates likely =
          new Candidates(ids, Arrays.stream(ids).mapToDouble(i -> weights[i]).toArray());
      return likely.first(likely.reaching(share, total));
    }

    /** How far a logit is below the largest, in halves. */
    private static int band(float logit, double top) {
      return Math.min(BANDS - 1, (int) ((top - logit) * 2));
    }

    /** The ids of the first bands, by falling logit, of equals the lower first. */
    private static int[] ranked(float[] logits, double top, int lastBand) {
      long[] keys = new long[logits.length];
      int count = 0;
      for (int i = 0; i < logits.length; i++) {
        if (band(logits[i], top) <= lastBand) {
          int bits = Float.floatToRawIntBits(logits[i] + 0f); // one zero of the two
          int ordered = bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
          keys[count++] = (long) ~ordered << 32 | i;
        }
      }
      Arrays.sort(keys, 0, count);
      return Arrays.stream(keys, 0, count).mapToInt(key -> (int) key).toArray();
    }

    /** Places of the k largest logits and of those that equal the last of them. */
    private static int[] placesOfLargest(float[] logits, int k) {
      PriorityQueue<Float> largest = new PriorityQueue<>();
      float least = Float.NEGATIVE_INFINITY;
      for (float logit : logits) {
        if (largest.size() < k) {
          largest.add(logit);
          least = largest.peek();
        } else if (logit > least) {
          largest.poll();
          largest.add(logit);
          least = largest.peek();
        }
      }
      float floor = least;
      return IntStream.range(0, logits.length).filter(i -> logits[i] >= floor).toArray();
    }

    private Candidates atLeast(double weight) {
      int[] places = new int[ids.length];
      int count = 0;
      for (int i = 0; i < ids.length; i++) {
        if (weights[i] >= weight) {
          places[count++] = i;
        }
      }
      return only(Arrays.copyOf(places, count));
    }

    /** By falling weight; those of equal weight stay in order. */
    private Candidates ranked() {
      return only(
          IntStream.range(0, ids.length)
              .boxed()
              .sorted((a, b) -> Double.compare(weights[b], weights[a]))
              .mapToInt(Integer::intValue)
              .toArray());
    }

    private Candidates first(int count) {
      return only(IntStream.range(0, Math.min(count, ids.length)).toArray());
    }

    private Candidates only(int[] places) {
      return new Candidates(
          Arrays.stream(places).map(i -> ids[i]).toArray(),
          Arrays.stream(places).mapToDouble(i -> weights[i]).toArray());
    }

    /** How many of the first make up this share of a total. */
    private int reaching(double share, double total) {
      double sum = 0;
      for (int i = 0; i < weights.length; i++) {
        sum += weights[i] / total;
        if (sum >= share) {
          return i + 1;
        }
      }
      return weights.length;
    }

    /** The candidate at {@code point} in [0, 1) of their added weights. */
    int draw(double point) {
      double target = point * Arrays.stream(weights).sum();
      double sum = 0;
      for (int i = 0; i < ids.length; i++) {
        sum += weights[i];
        if (sum > target) {
          return ids[i];
        }
      }
      return ids[ids.length - 1];
    }
  }
}
