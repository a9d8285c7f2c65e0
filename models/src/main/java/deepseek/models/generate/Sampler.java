package deepseek.models.generate;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;

/** Chooses one row's tokens; remembers what stood in it for the penalties. */
final class Sampler {
  private static final RandomGeneratorFactory<RandomGenerator> RANDOM =
      RandomGeneratorFactory.of("L64X128MixRandom");

  private final Sampling sampling;
  private final RandomGenerator random;
  private final Map<Integer, Integer> inAnswer = new HashMap<>();
  private final boolean[] seen;

  Sampler(Sampling sampling, int row, int[] prompt, int vocabSize) {
    this.sampling = sampling;
    // Rows of a batch draw from streams of their own, so that none depends on the others.
    this.random =
        sampling.seed().isPresent()
            ? RANDOM.create(sampling.seed().getAsLong() + row)
            : RANDOM.create();
    this.seen = new boolean[sampling.penalises() ? vocabSize : 0];
    for (int id : prompt) {
      if (id < seen.length) {
        seen[id] = true;
      }
    }
  }

  /** Whether the choice is simply the largest logit. */
  boolean takesLargest() {
    return sampling.isGreedy() && !sampling.penalises();
  }

  /** Counts a token as part of the answer. */
  void accept(int id) {
    if (seen.length > 0) {
      seen[id] = true;
      inAnswer.merge(id, 1, Integer::sum);
    }
  }

  /** The next token from {@code logits} [V], which this changes. */
  int choose(float[] logits) {
    penalise(logits);
    if (sampling.isGreedy()) {
      return largest(logits);
    }
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (logits[i] / sampling.temperature());
    }
    Candidates kept = Candidates.of(logits, sampling);
    return kept.draw(random.nextDouble());
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

    static Candidates of(float[] logits, Sampling sampling) {
      double top = logits[largest(logits)];
      double[] weights = new double[logits.length];
      double total = 0;
      for (int i = 0; i < logits.length; i++) {
        weights[i] = Math.exp(logits[i] - top);
        total += weights[i];
      }
      boolean ranked = sampling.topK() > 0 || sampling.topP() < 1;
      int[] ids =
          ranked
              ? likeliest(weights, total, sampling)
              : IntStream.range(0, logits.length).toArray();
      if (sampling.minP() > 0) {
        ids = Arrays.stream(ids).filter(id -> weights[id] >= sampling.minP()).toArray();
      }
      return new Candidates(ids, Arrays.stream(ids).mapToDouble(id -> weights[id]).toArray());
    }

    /** Ids by falling weight: the first k, of those the fewest that reach top-p. */
    private static int[] likeliest(double[] weights, double total, Sampling sampling) {
      int wanted = sampling.topK() > 0 ? Math.min(sampling.topK(), weights.length) : weights.length;
      int[] ids = atLeast(weights, total, wanted, sampling);
      ids =
          IntStream.of(ids)
              .boxed()
              .sorted((a, b) -> Double.compare(weights[b], weights[a]))
              .mapToInt(Integer::intValue)
              .limit(wanted)
              .toArray();
      // top-p counts shares of what top-k left.
      double left =
          sampling.topK() > 0 ? Arrays.stream(ids).mapToDouble(id -> weights[id]).sum() : total;
      double sum = 0;
      for (int i = 0; i < ids.length; i++) {
        sum += weights[ids[i]] / left;
        if (sum >= sampling.topP()) {
          return Arrays.copyOf(ids, i + 1);
        }
      }
      return ids;
    }

    /** Ids above a weight low enough to hold all that top-k and top-p can keep: few to sort. */
    private static int[] atLeast(double[] weights, double total, int wanted, Sampling sampling) {
      for (double floor = 1e-2; floor > 1e-12; floor *= 1e-2) {
        double threshold = floor;
        int[] ids =
            IntStream.range(0, weights.length).filter(i -> weights[i] >= threshold).toArray();
        double mass = Arrays.stream(ids).mapToDouble(id -> weights[id]).sum();
        if (ids.length >= wanted || (sampling.topK() == 0 && mass / total >= sampling.topP())) {
          return ids;
        }
      }
      return IntStream.range(0, weights.length).toArray();
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
