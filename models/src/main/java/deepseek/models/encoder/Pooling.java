package deepseek.models.encoder;

import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;

/**
 * One vector [D] from a text's token vectors [L, D]. In the order in which sentence-transformers
 * joins several.
 */
public enum Pooling {
  /** The first token's vector, of those that take part. */
  CLS("cls", "pooling_mode_cls_token"),
  MAX("max", "pooling_mode_max_tokens"),
  MEAN("mean", "pooling_mode_mean_tokens"),
  /** The sum over the square root of the count. */
  MEAN_SQRT_LEN("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"),
  /** The mean with weights 1, 2, 3, ... */
  WEIGHTED_MEAN("weightedmean", "pooling_mode_weightedmean_tokens"),
  LAST("lasttoken", "pooling_mode_lasttoken");

  /** Keeps a text without tokens from dividing by zero. */
  private static final double LEAST_COUNT = 1e-9;

  /** The largest of no tokens. */
  private static final float LEAST = -1e9f;

  private static final String MODE = "pooling_mode";

  /** Without one of these sentence-transformers takes no pooling module's config. */
  private static final List<String> DIMENSIONS =
      List.of("embedding_dimension", "word_embedding_dimension");

  private final String mode;
  private final String flag;

  Pooling(String mode, String flag) {
    this.mode = mode;
    this.flag = flag;
  }

  /**
   * What a pooling module's config asks for: {@code pooling_mode}, one name or a list in the order
   * in which the vectors are joined, else a flag for each mode. Where all flags are off, or none is
   * there, it is the mean, as for sentence-transformers.
   */
  static List<Pooling> read(ConfigJson config) {
    if (config.has(MODE)) {
      boolean isList = config.json().path(MODE).isArray();
      List<String> names = isList ? config.texts(MODE) : List.of(config.text(MODE));
      if (names.isEmpty()) {
        throw unknown(config, "an empty list");
      }
      return names.stream().map(name -> named(config, name)).toList();
    }
    List<Pooling> chosen =
        Stream.of(values()).filter(pooling -> config.flagOr(pooling.flag, false)).toList();
    boolean says =
        DIMENSIONS.stream().anyMatch(config::has)
            || Stream.of(values()).anyMatch(pooling -> config.has(pooling.flag));
    if (!says) {
      throw unknown(config, "no such field");
    }
    return chosen.isEmpty() ? List.of(MEAN) : chosen;
  }

  private static Pooling named(ConfigJson config, String name) {
    return Stream.of(values())
        .filter(pooling -> pooling.mode.equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(config, "'" + name + "'"));
  }

  private static ModelException unknown(ConfigJson config, String got) {
    return config.wrong(
        MODE,
        "one or more of " + String.join(", ", Stream.of(values()).map(p -> p.mode).toList()),
        got,
        "choose a model pooled in one of these ways");
  }

  /** The vector of a text's tokens, but for the first {@code skipped}, which take no part. */
  float[] pool(TokenVectors text, int skipped) {
    int first = Math.min(skipped, text.length());
    int count = text.length() - first;
    return switch (this) {
      case CLS -> text.vector(count == 0 ? 0 : first);
      case LAST -> text.vector(count == 0 ? 0 : text.length() - 1);
      case MAX -> largest(text, first);
      case MEAN -> sum(text, first, _ -> 1, count);
      case MEAN_SQRT_LEN -> sum(text, first, _ -> 1, Math.sqrt(count));
      case WEIGHTED_MEAN -> sum(text, first, n -> n + 1, (first + 1.0 + text.length()) * count / 2);
    };
  }

  private static float[] largest(TokenVectors text, int first) {
    float[] most = new float[text.dim()];
    Arrays.fill(most, LEAST);
    for (int n = first; n < text.length(); n++) {
      for (int i = 0; i < most.length; i++) {
        most[i] = Math.max(most[i], text.at(n, i));
      }
    }
    return most;
  }

  /** The sum of {@code weight(n)} times token n's vector, over {@code count}. */
  private static float[] sum(
      TokenVectors text, int first, IntToDoubleFunction weight, double count) {
    double[] sums = new double[text.dim()];
    for (int n = first; n < text.length(); n++) {
      double times = weight.applyAsDouble(n);
      for (int i = 0; i < sums.length; i++) {
        sums[i] += times * text.at(n, i);
      }
    }
    float[] result = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      result[i] = (float) (sums[i] / Math.max(count, LEAST_COUNT));
    }
    return result;
  }
}
