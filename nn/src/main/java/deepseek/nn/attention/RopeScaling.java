package deepseek.nn.attention;

import java.util.List;

/**
 * How rotary frequencies are stretched to contexts longer than the training's. Names and fields are
 * those of {@code rope_scaling} in config.json.
 */
public sealed interface RopeScaling {
  /** As trained. */
  record None() implements RopeScaling {}

  /** All frequencies divided by {@code factor}. */
  record Linear(double factor) implements RopeScaling {
    public Linear {
      Checks.positive("factor", factor);
    }
  }

  /** The base grows once a text is longer than the training's (NTK-aware, dynamic). */
  record Dynamic(double factor, int originalMaxPositions) implements RopeScaling {
    public Dynamic {
      Checks.positive("factor", factor);
      Checks.positive("max_position_embeddings", originalMaxPositions);
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

  /** Frequencies divided one by one, as GGUF files carry them. */
  record Divisors(List<Float> divisors) implements RopeScaling {
    public Divisors {
      divisors = List.copyOf(divisors);
      divisors.forEach(d -> Checks.positive("each rope factor", d));
    }
  }
}
