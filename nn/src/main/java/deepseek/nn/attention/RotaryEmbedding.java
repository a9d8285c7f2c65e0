package deepseek.nn.attention;

import deepseek.compute.DType;
import deepseek.compute.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embedding: pairs of a head's elements rotate by {@code position * frequency}.
 *
 * <p>{@link Layout#HALVES} pairs element i with i + H/2 (Hugging Face's), {@link Layout#PAIRS} 2i
 * with 2i + 1 (the paper's). Su et al., "RoFormer", 2021.
 */
public final class RotaryEmbedding {
  /** Which elements form a pair. */
  public enum Layout {
    HALVES,
    PAIRS
  }

  /**
   * Factors [B or 1, 1, L, H] of an element and of its partner; the partner's is negative for the
   * first of a pair.
   */
  record Tables(Tensor own, Tensor partner) {}

  private final int dim;
  private final double base;
  private final RopeScaling scaling;
  private final Layout layout;
  private volatile @Nullable Frequencies last;

  /** What was computed for a text of so many tokens; other lengths mostly have the same. */
  private record Frequencies(int total, float[] values) {}

  /**
   * Of heads whose rotated part has {@code dim} values, with frequencies {@code base^(-2i / dim)}
   * before scaling.
   */
  public RotaryEmbedding(int dim, double base, RopeScaling scaling, Layout layout) {
    if (dim <= 0 || dim % 2 != 0) {
      throw Checks.wrong("the rotary size", "an even number above 0", dim);
    }
    Checks.positive("rope_theta", base);
    requireFitting(scaling, dim);
    this.dim = dim;
    this.base = base;
    this.scaling = scaling;
    this.layout = layout;
  }

  private static void requireFitting(RopeScaling scaling, int dim) {
    if (scaling instanceof RopeScaling.LongRope rope) {
      requirePairs("short_factor", rope.shortFactor(), dim);
      requirePairs("long_factor", rope.longFactor(), dim);
    }
    if (scaling instanceof RopeScaling.Dynamic && dim == 2) {
      throw Checks.wrong("the rotary size of dynamic scaling", "more than 2", dim);
    }
  }

  private static void requirePairs(String field, List<Float> factors, int dim) {
    if (factors.size() != dim / 2) {
      throw Checks.wrong("the length of " + field, String.valueOf(dim / 2), factors.size());
    }
  }

  Layout layout() {
    return layout;
  }

  int dim() {
    return dim;
  }

  private double magnitude() {
    return switch (scaling) {
      case RopeScaling.Yarn yarn -> yarn.attentionFactor();
      case RopeScaling.LongRope rope -> rope.attentionFactor();
      case RopeScaling.None _, RopeScaling.Linear _, RopeScaling.Dynamic _, RopeScaling.Llama3 _ ->
          1;
    };
  }

  /** Cosines and sines [H/2] of one position, by {@link #frequencies}. */
  void angles(int position, float[] frequencies, float[] cosines, float[] sines) {
    double magnitude = magnitude();
    for (int i = 0; i < frequencies.length; i++) {
      float angle = position * frequencies[i];
      cosines[i] = (float) (Math.cos(angle) * magnitude);
      sines[i] = (float) (Math.sin(angle) * magnitude);
    }
  }

  Tables tables(Tensor positions, int total, DType dtype) {
    float[] frequencies = frequencies(total);
    Tensor inverse = Tensor.of(frequencies, 1, 1, frequencies.length).to(positions.device());
    Tensor angles = positions.to(DType.FLOAT32).unsqueeze(-1).mul(inverse).unsqueeze(1);
    double magnitude = magnitude();
    Tensor cos = angles.cos().mul(magnitude).to(dtype);
    Tensor sin = angles.sin().mul(magnitude).to(dtype);
    return new Tables(inPairs(cos, cos), inPairs(sin.neg(), sin));
  }

  /** What belongs to first and second elements of pairs, [.., H / 2] each, as the head has them. */
  private Tensor inPairs(Tensor first, Tensor second) {
    return switch (layout) {
      case HALVES -> Tensor.cat(List.of(first, second), -1);
      case PAIRS -> {
        long[] whole = first.shape();
        whole[3] = dim;
        yield Tensor.stack(List.of(first, second), -1).reshape(whole);
      }
    };
  }

  /**
   * Radians per position of each pair, [H/2], for a text of {@code total} tokens; not to change.
   */
  float[] frequencies(int total) {
    Frequencies known = last;
    if (known == null || !scaling.sameFrequencies(known.total(), total)) {
      known = new Frequencies(total, computed(total));
      last = known;
    }
    return known.values();
  }

  private float[] computed(int total) {
    double[] plain = plain(base);
    double[] scaled =
        switch (scaling) {
          case RopeScaling.None() -> plain;
          case RopeScaling.Linear(double factor) -> divided(plain, factor);
          case RopeScaling.Dynamic d -> plain(grownBase(d, total));
          case RopeScaling.Llama3 l -> llama3(plain, l);
          case RopeScaling.Yarn y -> yarn(plain, y);
          case RopeScaling.LongRope rope -> dividedBy(plain, rope.divisors(total));
        };
    float[] out = new float[scaled.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) scaled[i];
    }
    return out;
  }

  private double[] plain(double theta) {
    double[] f = new double[dim / 2];
    for (int i = 0; i < f.length; i++) {
      f[i] = 1 / Math.pow(theta, 2.0 * i / dim);
    }
    return f;
  }

  private static double[] divided(double[] f, double factor) {
    double[] out = f.clone();
    for (int i = 0; i < out.length; i++) {
      out[i] /= factor;
    }
    return out;
  }

  private static double[] dividedBy(double[] f, List<Float> divisors) {
    double[] out = f.clone();
    for (int i = 0; i < out.length; i++) {
      out[i] /= divisors.get(i);
    }
    return out;
  }

  private double grownBase(RopeScaling.Dynamic d, int total) {
    double length = Math.max(total, d.maxPositions());
    double growth = d.factor() * length / d.maxPositions() - (d.factor() - 1);
    return base * Math.pow(growth, dim / (dim - 2.0));
  }

  private static double[] llama3(double[] f, RopeScaling.Llama3 l) {
    double[] out = f.clone();
    double longest = l.originalMaxPositions() / l.lowFreqFactor();
    double shortest = l.originalMaxPositions() / l.highFreqFactor();
    for (int i = 0; i < out.length; i++) {
      double wavelength = 2 * Math.PI / f[i];
      if (wavelength > longest) {
        out[i] = f[i] / l.factor();
      } else if (wavelength >= shortest) {
        double smooth =
            (l.originalMaxPositions() / wavelength - l.lowFreqFactor())
                / (l.highFreqFactor() - l.lowFreqFactor());
        out[i] = (1 - smooth) * f[i] / l.factor() + smooth * f[i];
      }
    }
    return out;
  }

  private double[] yarn(double[] f, RopeScaling.Yarn y) {
    double low = correctionDim(y.betaFast(), y.originalMaxPositions());
    double high = correctionDim(y.betaSlow(), y.originalMaxPositions());
    if (y.truncate()) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, dim - 1);
    double width = high == low ? 0.001 : high - low;
    double[] out = f.clone();
    for (int i = 0; i < out.length; i++) {
      double interpolated = Math.clamp((i - low) / width, 0.0, 1.0);
      out[i] = f[i] / y.factor() * interpolated + f[i] * (1 - interpolated);
    }
    return out;
  }

  /** The pair that makes {@code rotations} rotations over the training's length. */
  private double correctionDim(double rotations, int length) {
    return dim * Math.log(length / (rotations * 2 * Math.PI)) / (2 * Math.log(base));
  }

  /** Turns x [B, n, L, H] by its tokens' positions. */
  public Tensor rotate(Tensor x, Step step) {
    Tables tables = step.rotary(this, x.dtype());
    return x.mul(tables.own()).add(partners(x).mul(tables.partner()));
  }

  /** Each element replaced by the other of its pair. */
  private Tensor partners(Tensor x) {
    int half = dim / 2;
    return switch (layout) {
      case HALVES -> Tensor.cat(List.of(x.narrow(-1, half, half), x.narrow(-1, 0, half)), -1);
      case PAIRS -> x.reshape(x.size(0), x.size(1), x.size(2), half, 2).flip(-1).reshape(x.shape());
    };
  }
}
