package deepseek.nn.attention;

import deepseek.compute.Tensor;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import deepseek.nn.RmsNorm;
import java.util.Optional;

/**
 * Attention with N query heads over K key/value heads, rotary positions and, as a model has them, a
 * sliding window and a norm of queries and keys.
 *
 * <p>Ainslie et al., "GQA", 2023.
 */
public final class GroupedAttention extends Module implements Attention {
  private final Settings settings;
  private final RotaryEmbedding rotary;
  private final Linear query;
  private final Linear key;
  private final Linear value;
  private final Linear output;
  private final Optional<RmsNorm> queryNorm;
  private final Optional<RmsNorm> keyNorm;

  /**
   * Sizes and choices of one layer. {@code scale} multiplies scores; {@code window} 0 looks at all
   * tokens.
   */
  public record Settings(
      int dim,
      int numHeads,
      int numKeyValueHeads,
      int headDim,
      double scale,
      int window,
      Linear.Bias inputBias,
      Linear.Bias outputBias) {
    public Settings {
      if (numHeads <= 0 || numKeyValueHeads <= 0 || numHeads % numKeyValueHeads != 0) {
        throw Checks.wrong("num_key_value_heads", "a divisor of " + numHeads, numKeyValueHeads);
      }
    }
  }

  private GroupedAttention(
      Settings s, Parameters p, RotaryEmbedding rotary, Optional<NormSettings> norm) {
    this.settings = s;
    this.rotary = rotary;
    long queries = (long) s.numHeads() * s.headDim();
    long keys = (long) s.numKeyValueHeads() * s.headDim();
    this.query = child("q_proj", Linear.of(p.at("q_proj"), s.dim(), queries, s.inputBias()));
    this.key = child("k_proj", Linear.of(p.at("k_proj"), s.dim(), keys, s.inputBias()));
    this.value = child("v_proj", Linear.of(p.at("v_proj"), s.dim(), keys, s.inputBias()));
    this.output = child("o_proj", Linear.of(p.at("o_proj"), queries, s.dim(), s.outputBias()));
    this.queryNorm = norm.map(n -> child("q_norm", n.build(p.at("q_norm"), s.headDim())));
    this.keyNorm = norm.map(n -> child("k_norm", n.build(p.at("k_norm"), s.headDim())));
  }

  /** How queries and keys are normed over each head. */
  public record NormSettings(double eps, Kind kind) {
    /** Whether the stored weight is the factor or its distance from one. */
    public enum Kind {
      PLAIN,
      OFFSET
    }

    RmsNorm build(Parameters p, int dim) {
      return switch (kind) {
        case PLAIN -> RmsNorm.of(p, dim, eps);
        case OFFSET -> RmsNorm.offset(p, dim, eps);
      };
    }
  }

  public static GroupedAttention of(Settings settings, Parameters p, RotaryEmbedding rotary) {
    return new GroupedAttention(settings, p, rotary, Optional.empty());
  }

  /** With queries and keys normed per head, before they turn. */
  public static GroupedAttention normed(
      Settings settings, Parameters p, RotaryEmbedding rotary, NormSettings norm) {
    return new GroupedAttention(settings, p, rotary, Optional.of(norm));
  }

  @Override
  public Tensor forward(Tensor xBLD, Step step, LayerCache cache) {
    long batch = xBLD.size(0);
    long length = xBLD.size(1);
    Tensor q = heads(query.forward(xBLD), settings.numHeads());
    Tensor k = heads(key.forward(xBLD), settings.numKeyValueHeads());
    Tensor v = heads(value.forward(xBLD), settings.numKeyValueHeads());
    if (queryNorm.isPresent() && keyNorm.isPresent()) {
      q = queryNorm.get().forward(q);
      k = keyNorm.get().forward(k);
    }
    q = rotary.rotate(q, step);
    k = cache.append(LayerCache.Slot.KEY, rotary.rotate(k, step));
    v = cache.append(LayerCache.Slot.VALUE, v);
    Tensor seen = step.attend(q, k, v, settings.scale(), settings.window());
    return output.forward(seen.transpose(1, 2).reshape(batch, length, -1));
  }

  /** [B, L, n H] to [B, n, L, H]. */
  private Tensor heads(Tensor x, int count) {
    return x.reshape(x.size(0), x.size(1), count, settings.headDim()).transpose(1, 2);
  }
}
