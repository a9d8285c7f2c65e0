package deepseek.models.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.models.ModelException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static final float[] LOGITS = {
    (float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.15), (float) Math.log(0.05)
  };

  private static double[] shares(Sampling sampling) {
    Sampler sampler =
        new Sampler(sampling.withSeed(11), Optional.empty(), new int[0], LOGITS.length);
    double[] counts = new double[LOGITS.length];
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      counts[sampler.choose(LOGITS.clone())] += 1.0 / draws;
    }
    return counts;
  }

  private static void assertShares(Sampling sampling, double... expected) {
    double[] shares = shares(sampling);
    for (int i = 0; i < expected.length; i++) {
      assertThat(shares[i]).isCloseTo(expected[i], within(0.015));
    }
  }

  @Test
  void drawsInProportionToProbabilities() {
    assertShares(Sampling.plain(), 0.5, 0.3, 0.15, 0.05);
  }

  @Test
  void temperatureSharpens() {
    // Halving the temperature squares the probabilities.
    double total = 0.25 + 0.09 + 0.0225 + 0.0025;
    assertShares(
        Sampling.plain().withTemperature(0.5),
        0.25 / total,
        0.09 / total,
        0.0225 / total,
        0.0025 / total);
  }

  /** Ties go to the lower id, wherever the k-th place falls among them. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 9})
  void topKKeepsTheFirstOfEquals(int k) {
    float[] logits = {1, 3, 2, 3, 1, 3, 2};
    List<Integer> ranked = List.of(1, 3, 5, 2, 6, 0, 4);
    Sampler sampler =
        new Sampler(
            Sampling.plain().withTopK(k).withSeed(3), Optional.empty(), new int[0], logits.length);
    Set<Integer> drawn = new TreeSet<>();
    for (int i = 0; i < 2000; i++) {
      drawn.add(sampler.choose(logits.clone()));
    }
    assertThat(drawn)
        .containsExactlyInAnyOrderElementsOf(ranked.subList(0, Math.min(k, ranked.size())));
  }

  @Test
  void eachFilterKeepsTheLikeliest() {
    assertShares(Sampling.plain().withTopK(2), 0.625, 0.375, 0, 0);
    assertShares(Sampling.plain().withTopP(0.7), 0.625, 0.375, 0, 0);
    assertShares(Sampling.plain().withTopP(0.81), 0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0);
    assertShares(Sampling.plain().withMinP(0.5), 0.625, 0.375, 0, 0);
    // Of the two that top-k leaves, the first alone has 0.625.
    assertShares(Sampling.plain().withTopK(2).withTopP(0.6), 1, 0, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void filtersAgreeWithASimpleCount(long seed) {
    Random random = new Random(seed);
    float[] logits = new float[500];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (random.nextGaussian() * 3);
    }
    int topK = random.nextInt(60);
    double topP = 0.05 + 0.94 * random.nextDouble();
    Set<Integer> allowed = allowed(logits, topK, topP);
    Sampler sampler =
        new Sampler(
            Sampling.plain().withTopK(topK).withTopP(topP).withSeed(seed),
            Optional.empty(),
            new int[0],
            logits.length);
    Set<Integer> drawn = new TreeSet<>();
    for (int i = 0; i < 3_000; i++) {
      drawn.add(sampler.choose(logits.clone()));
    }
    assertThat(allowed).containsAll(drawn);
    assertThat(drawn.size()).isGreaterThan(allowed.size() / 2);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.33, 0.52, 0.93, 0.99}) // of 20 equals no whole number
  void topPKeepsTheFewestThatReachIt(double topP) {
    Random random = new Random(17);
    for (double spread : new double[] {0, 0.5, 2}) {
      float[] logits = new float[20];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = (float) (spread * random.nextInt(5)); // with ties
      }
      Sampler sampler =
          new Sampler(
              Sampling.plain().withTopP(topP).withSeed(4),
              Optional.empty(),
              new int[0],
              logits.length);
      Set<Integer> drawn = new TreeSet<>();
      for (int i = 0; i < 10_000; i++) {
        drawn.add(sampler.choose(logits.clone()));
      }
      assertThat(drawn).isEqualTo(allowed(logits, 0, topP));
    }
  }

  private static Set<Integer> allowed(float[] logits, int topK, double topP) {
    Integer[] order = new Integer[logits.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Float.compare(logits[b], logits[a]));
    int count = topK == 0 ? order.length : Math.min(topK, order.length);
    double total = 0;
    for (int i = 0; i < count; i++) {
      total += Math.exp(logits[order[i]]);
    }
    Set<Integer> kept = new TreeSet<>();
    double sum = 0;
    for (int i = 0; i < count && sum < topP * total; i++) {
      kept.add(order[i]);
      sum += Math.exp(logits[order[i]]);
    }
    return kept;
  }

  private static final List<Sampling> TOLD_BY_THE_LARGEST =
      List.of(
          Sampling.greedy(),
          Sampling.greedy().withTopK(5),
          Sampling.plain().withTopK(1),
          Sampling.plain().withTopK(7),
          Sampling.plain().withTopK(64),
          Sampling.plain().withTopK(40).withTopP(0.9),
          Sampling.plain().withTopK(40).withTemperature(0.7),
          Sampling.plain().withTopK(20).withTemperature(2.3).withMinP(0.2),
          Sampling.plain().withTopK(33).withTemperature(0.01).withTopP(0.999).withMinP(0.001),
          Sampling.plain().withTopK(50).withTemperature(1e-40));

  /** Numbers of several kinds, so that there are ties at the last place, too. */
  private static float[] logits(Random random, int count) {
    int kind = random.nextInt(4);
    float[] logits = new float[count];
    for (int i = 0; i < count; i++) {
      logits[i] =
          switch (kind) {
            case 0 -> (float) (random.nextGaussian() * 3);
            case 1 -> random.nextInt(9) - 4;
            // Neighbours, many of which are one number once divided.
            case 2 -> Float.intBitsToFloat(Float.floatToIntBits(1.9f) + random.nextInt(300));
            default -> i == 0 || random.nextInt(4) == 0 ? i * 1e-3f : Float.NEGATIVE_INFINITY;
          };
    }
    return logits;
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 64, 65, 500})
  void theLargestTellWhatAllLogitsTell(int count) {
    int openChoices = 0;
    for (Sampling sampling : TOLD_BY_THE_LARGEST) {
      Sampler byAll = new Sampler(sampling.withSeed(9), Optional.empty(), new int[0], count);
      Sampler byLargest = new Sampler(sampling.withSeed(9), Optional.empty(), new int[0], count);
      assertThat(byLargest.looksAt()).isBetween(1, 65);
      Random random = new Random(count);
      for (int draw = 0; draw < 300; draw++) {
        float[] logits = logits(random, count);
        int[] ids = ranked(logits, byLargest.looksAt());
        float[] values = new float[ids.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = logits[ids[i]];
        }
        int[] asked = new int[1];
        int got =
            byLargest.choose(
                ids,
                values,
                () -> {
                  asked[0]++;
                  return logits.clone();
                });
        openChoices += asked[0];
        assertThat(got).as("%s, draw %d", sampling, draw).isEqualTo(byAll.choose(logits));
      }
    }
    assertThat(openChoices).isLessThan(TOLD_BY_THE_LARGEST.size() * 300 * 3 / 4);
    assertThat(openChoices).isPositive();
  }

  private static int[] ranked(float[] logits, int count) {
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(
            Comparator.comparing((Integer i) -> logits[i] + 0f, Comparator.reverseOrder())
                .thenComparing(Comparator.naturalOrder()))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  @Test
  void penaltiesAndWideFiltersNeedAllLogits() {
    for (Sampling sampling :
        List.of(
            Sampling.plain(),
            Sampling.plain().withTopP(0.9),
            Sampling.plain().withTopK(65),
            Sampling.plain().withTopK(5).withPresencePenalty(0.1),
            Sampling.greedy().withRepetitionPenalty(1.1))) {
      Sampler sampler = new Sampler(sampling, Optional.empty(), new int[0], 100);
      assertThat(sampler.looksAt()).isEqualTo(1);
      int[] asked = new int[1];
      int got =
          sampler.choose(
              new int[] {99},
              new float[] {0},
              () -> {
                asked[0]++;
                float[] all = new float[100];
                Arrays.fill(all, Float.NEGATIVE_INFINITY);
                all[7] = 0;
                return all;
              });
      assertThat(asked[0]).isEqualTo(1);
      assertThat(got).isEqualTo(7);
    }
  }

  @Test
  void sameSeedSameTokens() {
    assertThat(shares(Sampling.plain())).containsExactly(shares(Sampling.plain()));
  }

  @Test
  void penaltiesMakeWhatWasSaidLessLikely() {
    Sampler repeated =
        new Sampler(
            Sampling.greedy().withRepetitionPenalty(4),
            Optional.empty(),
            new int[] {0},
            LOGITS.length);
    assertThat(repeated.takesLargest()).isFalse();
    assertThat(repeated.choose(LOGITS.clone())).isEqualTo(1);

    Sampler present =
        new Sampler(
            Sampling.greedy().withPresencePenalty(1),
            Optional.empty(),
            new int[] {0},
            LOGITS.length);
    assertThat(present.choose(LOGITS.clone())).as("the prompt is not the answer").isZero();
    present.accept(0);
    assertThat(present.choose(LOGITS.clone())).isEqualTo(1);

    Sampler frequent =
        new Sampler(
            Sampling.greedy().withFrequencyPenalty(0.4),
            Optional.empty(),
            new int[0],
            LOGITS.length);
    frequent.accept(0);
    assertThat(frequent.choose(LOGITS.clone())).isZero();
    frequent.accept(0);
    assertThat(frequent.choose(LOGITS.clone())).isEqualTo(1);
  }

  /** Quotients of such logits are beyond a float, or nearly so. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-30, 2e-37, 1.1e-38, 1e-38, 1e-40, 1e-300, Double.MIN_VALUE})
  void temperaturesNearZeroAreGreedy(double temperature) {
    float[] logits = {-50, 39.5f, -1e30f, 40, 12, 39.99f};
    for (Sampling sampling :
        List.of(
            Sampling.plain(),
            Sampling.plain().withTopK(3),
            Sampling.plain().withTopP(0.9),
            Sampling.plain().withTopP(1e-300),
            Sampling.plain().withMinP(0.5),
            Sampling.plain().withPresencePenalty(1))) {
      Sampler sampler =
          new Sampler(
              sampling.withTemperature(temperature).withSeed(5),
              Optional.empty(),
              new int[0],
              logits.length);
      for (int i = 0; i < 50; i++) {
        assertThat(sampler.choose(logits.clone())).as(sampling.toString()).isEqualTo(3);
        int[] ids = {3, 5, 1, 4};
        float[] values = {40, 39.99f, 39.5f, 12};
        assertThat(sampler.choose(ids, values, logits::clone)).isEqualTo(3);
      }
    }
  }

  @Test
  void penaltiesThatMakeInfinitiesAreErrors() {
    Sampling sampling = Sampling.plain().withRepetitionPenalty(1e-40);
    Sampler sampler = new Sampler(sampling, Optional.empty(), new int[] {1}, LOGITS.length);
    assertThatThrownBy(() -> sampler.choose(new float[] {1, 2, 3, 4}))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("repetition penalty");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void whatIsNoNumberIsRefusedEverywhere(double value) {
    Sampling plain = Sampling.plain();
    for (UnaryOperator<Sampling> set :
        List.<UnaryOperator<Sampling>>of(
            s -> s.withTemperature(value),
            s -> s.withTopP(value),
            s -> s.withMinP(value),
            s -> s.withRepetitionPenalty(value),
            s -> s.withPresencePenalty(value),
            s -> s.withFrequencyPenalty(value))) {
      assertThatThrownBy(() -> set.apply(plain)).isInstanceOf(ModelException.class);
    }
  }

  @Test
  void impossibleSettingsAreErrors() {
    assertThatThrownBy(() -> Sampling.plain().withTopP(0))
        .isInstanceOf(ModelException.class)
        .hasMessage("set top-p: expected above 0 and up to 1, got 0.0; choose another value");
    assertThatThrownBy(() -> Sampling.plain().withTemperature(Double.NaN))
        .hasMessageContaining("temperature");
    assertThatThrownBy(() -> Sampling.plain().withTopK(-1)).hasMessageContaining("top-k");
    assertThatThrownBy(() -> Sampling.plain().withMinP(1)).hasMessageContaining("min-p");
  }
}
