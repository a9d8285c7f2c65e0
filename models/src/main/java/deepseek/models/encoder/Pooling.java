package deepseek.models.encoder;

import deepseek.compute.DType;
import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import java.util.ArrayList;
import java.util.List;

/**
 * One vector [B, D] from a text's token vectors [B, L, D]; mask INT64 [B, L] is 1 at tokens. In the
 * order in which sentence-transformers joins several.
 */
public enum Pooling {
  /** The first token's vector. */
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

  private final String mode;
  private final String flag;

  Pooling(String mode, String flag) {
    this.mode = mode;
    this.flag = flag;
  }

  /** What a pooling module's config asks for: {@code pooling_mode}, or a flag for each mode. */
  static List<Pooling> read(ConfigJson config) {
    List<Pooling> chosen = new ArrayList<>();
    String named = config.optionalText("pooling_mode").orElse("");
    for (Pooling pooling : values()) {
      if (pooling.mode.equals(named) || config.flagOr(pooling.flag, false)) {
        chosen.add(pooling);
      }
    }
    if (chosen.isEmpty()) {
      List<String> flags = new ArrayList<>();
      for (Pooling pooling : values()) {
        flags.add(pooling.flag);
      }
      throw config.wrong(
          "pooling_mode",
          "one set to true of " + String.join(", ", flags),
          named.isEmpty() ? "none" : "'" + named + "'",
          "choose a model pooled in one of these ways");
    }
    return List.copyOf(chosen);
  }

  Tensor pool(Tensor hiddenBLD, Tensor maskBL) {
    Tensor weights = maskBL.to(DType.FLOAT32).unsqueeze(2);
    return switch (this) {
      case CLS -> hiddenBLD.select(1, 0);
      case MAX -> hiddenBLD.maskedFill(weights.eq(0), -1e9).max(1);
      case MEAN -> mean(hiddenBLD, weights);
      case MEAN_SQRT_LEN -> {
        Tensor count = weights.sum(1).clampMin(LEAST_COUNT);
        yield hiddenBLD.mul(weights).sum(1).div(count.sqrt());
      }
      case WEIGHTED_MEAN -> mean(hiddenBLD, weights.mul(places(hiddenBLD).unsqueeze(1)));
      case LAST -> {
        Tensor last = maskBL.mul(places(hiddenBLD)).argmax(1).reshape(-1, 1, 1);
        yield hiddenBLD.gather(1, last.expand(-1, 1, hiddenBLD.size(2))).squeeze(1);
      }
    };
  }

  private static Tensor mean(Tensor hiddenBLD, Tensor weights) {
    return hiddenBLD.mul(weights).sum(1).div(weights.sum(1).clampMin(LEAST_COUNT));
  }

  /** 1, 2, 3, ..., L. */
  private static Tensor places(Tensor hiddenBLD) {
    return Tensor.arange(1, hiddenBLD.size(1) + 1, hiddenBLD.device());
  }
}
