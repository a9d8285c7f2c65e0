package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import java.util.List;
import java.util.stream.Stream;

/**
 * One vector [B, D] from a text's token vectors [B, L, D]; mask INT64 [B, L] is 1 at tokens. In the
 * order in which sentence-transformers joins several.
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

  Tensor pool(Tensor hiddenBLD, Tensor maskBL) {
    Tensor weights = maskBL.to(DType.FLOAT32).unsqueeze(2);
    return switch (this) {
      case CLS -> at(hiddenBLD, maskBL.argmax(1));
      case MAX -> hiddenBLD.maskedFill(weights.eq(0), -1e9).max(1);
      case MEAN -> mean(hiddenBLD, weights);
      case MEAN_SQRT_LEN -> {
        Tensor count = weights.sum(1).clampMin(LEAST_COUNT);
        yield hiddenBLD.mul(weights).sum(1).div(count.sqrt());
      }
      case WEIGHTED_MEAN -> mean(hiddenBLD, weights.mul(places(hiddenBLD).unsqueeze(1)));
      case LAST -> at(hiddenBLD, maskBL.mul(places(hiddenBLD)).argmax(1));
    };
  }

  /** The vector at one place [B] of each text. */
  private static Tensor at(Tensor hiddenBLD, Tensor placeB) {
    Tensor index = placeB.reshape(-1, 1, 1).expand(-1, 1, hiddenBLD.size(2));
    return hiddenBLD.gather(1, index).squeeze(1);
  }

  private static Tensor mean(Tensor hiddenBLD, Tensor weights) {
    return hiddenBLD.mul(weights).sum(1).div(weights.sum(1).clampMin(LEAST_COUNT));
  }

  /** 1, 2, 3, ..., L. */
  private static Tensor places(Tensor hiddenBLD) {
    return Tensor.arange(1, hiddenBLD.size(1) + 1, hiddenBLD.device());
  }
}
