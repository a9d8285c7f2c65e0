package deepseek.nn.attention;

import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;
import deepseek.kernel.cpu.GroupedHeads;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.NnException;
import deepseek.nn.Parameters;
import deepseek.nn.Planned;
import deepseek.nn.RmsNorm;
import java.util.List;
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
      Linear.Bias outputBias,
      Optional<HeadNorm> headNorm) {
    public Settings {
      if (numHeads <= 0 || numKeyValueHeads <= 0 || numHeads % numKeyValueHeads != 0) {
        throw new NnException(
            "build attention",
            "num_key_value_heads to divide num_attention_heads " + numHeads,
            String.valueOf(numKeyValueHeads),
            "fix config.json");
      }
    }

    /** Scores over the square root of H, all tokens seen, no biases, no norms. */
    public static Settings of(int dim, int numHeads, int numKeyValueHeads, int headDim) {
      return new Settings(
          dim,
          numHeads,
          numKeyValueHeads,
          headDim,
          1 / Math.sqrt(headDim),
          /* window= */ 0,
          Linear.Bias.NONE,
          Linear.Bias.NONE,
          Optional.empty());
    }

    /** With scores multiplied by this. */
    public Settings withScale(double newScale) {
      return new Settings(
          dim,
          numHeads,
          numKeyValueHeads,
          headDim,
          newScale,
          window,
          inputBias,
          outputBias,
          headNorm);
    }

    /** With a sliding window of so many tokens, each token's own included; 0 for none. */
    public Settings withWindow(int newWindow) {
      return new Settings(
          dim,
          numHeads,
          numKeyValueHeads,
          headDim,
          scale,
          newWindow,
          inputBias,
          outputBias,
          headNorm);
    }

    /** Biases of queries, keys and values, and of the output. */
    public Settings withBiases(Linear.Bias input, Linear.Bias output) {
      return new Settings(
          dim, numHeads, numKeyValueHeads, headDim, scale, window, input, output, headNorm);
    }

    /** With queries and keys normed over each head. */
    public Settings withHeadNorm(HeadNorm norm) {
      return new Settings(
          dim,
          numHeads,
          numKeyValueHeads,
          headDim,
          scale,
          window,
          inputBias,
          outputBias,
          Optional.of(norm));
    }
  }

  /** How queries and keys are normed over each head before they are rotated. */
  public record HeadNorm(double eps, RmsNorm.Form form) {}

  private GroupedAttention(Settings s, Parameters p, RotaryEmbedding rotary) {
    this.settings = s;
    this.rotary = rotary;
    long queries = (long) s.numHeads() * s.headDim();
    long keys = (long) s.numKeyValueHeads() * s.headDim();
    this.query = child("q_proj", Linear.of(p.at("q_proj"), s.dim(), queries, s.inputBias()));
    this.key = child("k_proj", Linear.of(p.at("k_proj"), s.dim(), keys, s.inputBias()));
    this.value = child("v_proj", Linear.of(p.at("v_proj"), s.dim(), keys, s.inputBias()));
    this.output = child("o_proj", Linear.of(p.at("o_proj"), queries, s.dim(), s.outputBias()));
    this.queryNorm = s.headNorm().map(n -> headNorm("q_norm", n, p));
    this.keyNorm = s.headNorm().map(n -> headNorm("k_norm", n, p));
  }

  private RmsNorm headNorm(String name, HeadNorm n, Parameters p) {
    return child(name, RmsNorm.of(p.at(name), settings.headDim(), n.eps(), n.form()));
  }

  /** Its projections and norms from {@code p}. */
  public static GroupedAttention of(Settings settings, Parameters p, RotaryEmbedding rotary) {
    return new GroupedAttention(settings, p, rotary);
  }

  @Override
  public Planned plan(PlanBuilder plan, PlanBuilder.Input x) {
    List<PlanBuilder.Values> qkv =
        plan.products(x, List.of(query.planned(), key.planned(), value.planned()));
    GroupedHeads heads =
        new GroupedHeads(
            settings.numHeads(),
            settings.numKeyValueHeads(),
            settings.headDim(),
            rotary.layout() == RotaryEmbedding.Layout.PAIRS,
            settings.scale(),
            settings.window());
    Optional<PlanBuilder.HeadNorms> norms =
        queryNorm.flatMap(
            q -> keyNorm.map(k -> new PlanBuilder.HeadNorms(q.planned(), k.planned())));
    return new Planned.Projected(
        plan.attention(heads, norms, qkv.get(0), qkv.get(1), qkv.get(2), rotary), output.planned());
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
    Tensor seen =
        step.byPart(
            (part, rows) ->
                part.attend(
                    rows.get(0),
                    cache.append(part, LayerCache.Slot.KEY, rows.get(1)),
                    cache.append(part, LayerCache.Slot.VALUE, rows.get(2)),
                    settings.scale(),
                    settings.window()),
            rotary.rotate(q, step),
            rotary.rotate(k, step),
            v);
    return output.forward(seen.transpose(1, 2).reshape(batch, length, -1));
  }

  /** [B, L, n H] to [B, n, L, H]. */
  private Tensor heads(Tensor x, int count) {
    return x.reshape(x.size(0), x.size(1), count, settings.headDim()).transpose(1, 2);
  }
}
