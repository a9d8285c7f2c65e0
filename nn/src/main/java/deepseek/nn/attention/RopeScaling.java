package deepseek.nn.attention;

import java.util.List;

/**
 * How rotary frequencies are stretched to contexts longer than the training's. Names and fields are
 * those of {@code rope_scaling} in config.json.
 */
public sealed interface RopeScaling {
  /** How many times longer than the training's texts may be. */
  double factor();

  /**
   * Whether a text of {@code length} tokens has the frequencies of one of {@code other}; only then
   * can keys that were kept of the one be used for the other.
   */
  default boolean sameFrequencies(int length, int other) {
    return true;
  }

  /** As trained. */
  record None() implements RopeScaling {
    @Override
    public double factor() {
      return 1;
    }
  }

  /** All frequencies divided by {@code factor}. */
  record Linear(double factor) implements RopeScaling {
    public Linear {
      Checks.positive("factor", factor);
    }
  }

  /** The base grows once a text is longer than {@code maxPositions} (NTK-aware, dynamic). */
  record Dynamic(double factor, int maxPositions) implements RopeScaling {
    public Dynamic {
      Checks.positive("factor", factor);
      Checks.positive("max_position_embeddings", maxPositions);
    }

    @Override
    public boolean sameFrequencies(int length, int other) {
      return Math.max(length, maxPositions) == Math.max(other, maxPositions);
    }
  }

  /** Long wavelengths divided by {@code factor}, short ones kept, a ramp between (Llama 3). */
  record Llama3(
      double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
      implements RopeScaling {
    public Llama3 {
      Checks.positive("factor", factor);
      Checks.positive("low_freq_factor", lowFreqFactor);
      Checks.positive("original_max_position_embeddings", originalMaxPositions);
      if (highFreqFactor <= lowFreqFactor) {
        throw Checks.wrong("high_freq_factor", "more than low_freq_factor", highFreqFactor);
      }
    }
  }

  /**
   * Peng et al., "YaRN: Efficient Context Window Extension of Large Language Models", 2023. {@code
   * attentionFactor} multiplies cosines and sines.
   */
  record Yarn(
      double factor,
      double betaFast,
      double betaSlow,
      int originalMaxPositions,
      double attentionFactor,
      boolean truncate)
      implements RopeScaling {
    public Yarn {
      Checks.positive("factor", factor);
      Checks.positive("beta_fast", betaFast);
      Checks.positive("beta_slow", betaSlow);
      Checks.positive("original_max_position_embeddings", originalMaxPositions);
    }

    /** The magnitude correction {@code 0.1 m ln(factor) + 1} of the paper. */
    public static double magnitude(double factor, double m) {
      return factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1;
    }
  }

  /**
   * Frequencies divided one by one, by {@code longFactor} in texts longer than the training's. Ding
   * et al., "LongRoPE", 2024. {@code attentionFactor} multiplies cosines and sines.
   */
  record LongRope(
      double factor,
      List<Float> shortFactor,
      List<Float> longFactor,
      int originalMaxPositions,
      double attentionFactor)
      implements RopeScaling {
    public LongRope {
      Checks.positive("factor", factor);
      Checks.positive("original_max_position_embeddings", originalMaxPositions);
      shortFactor = List.copyOf(shortFactor);
      longFactor = List.copyOf(longFactor);
      shortFactor.forEach(f -> Checks.positive("each short_factor", f));
      longFactor.forEach(f -> Checks.positive("each long_factor", f));
    }

    /** What the paper multiplies cosines and sines by. */
    public static double magnitude(double factor, int originalMaxPositions) {
      return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositions));
    }

    /** Divisors for a text of {@code length} tokens. */
    List<Float> divisors(int length) {
      return length > originalMaxPositions ? longFactor : shortFactor;
    }

    @Override
    public boolean sameFrequencies(int length, int other) {
      return divisors(length).equals(divisors(other));
    }
  }
}
