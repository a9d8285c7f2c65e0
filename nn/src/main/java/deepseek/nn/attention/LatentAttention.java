package deepseek.nn.attention;

import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;
import deepseek.kernel.cpu.LatentHeads;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import deepseek.nn.Planned;
import deepseek.nn.RmsNorm;
import java.util.List;
import java.util.Optional;

/**
 * Multi-head latent attention: keys and values of all heads are made from one latent of R numbers a
 * token, and only the latent and one rotary key of P numbers are cached.
 *
 * <p>Whole texts are expanded to keys [B, N, S, C + P] and values [B, N, S, V]. For a single new
 * token, and in a planned step always, the matrices that would expand the cache are moved to the
 * other side, onto its query and its answer ({@code q (W c) = (q W) c}), so that all heads look at
 * the latents in the cache.
 *
 * <p>DeepSeek-AI, "DeepSeek-V2", 2024, section 2.1. Legend: R latent size, P rotary part of a head,
 * C the rest of it, V value head size.
 */
public final class LatentAttention extends Module implements Attention {
  // The published code norms latents with this, whatever rms_norm_eps says.
  private static final double LATENT_EPS = 1e-6;

  private final Settings settings;
  private final RotaryEmbedding rotary;
  private final Query query;
  private final Linear keyValueDown;
  private final RmsNorm latentNorm;
  private final Linear keyValueUp;
  private final Linear output;

  /**
   * Sizes and choices of one layer. {@code queryRank} is the size of the queries' own latent where
   * they have one; {@code scale} multiplies scores; {@code bias} is on the projections from and to
   * D.
   */
  public record Settings(
      int dim,
      int numHeads,
      Optional<Integer> queryRank,
      int rank,
      int plainDim,
      int rotaryDim,
      int valueDim,
      double scale,
      Linear.Bias bias) {
    int headDim() {
      return plainDim + rotaryDim;
    }
  }

  /** How queries [B, L, N (C + P)] are made. */
  private sealed interface Query {
    Tensor of(Tensor xBLD);

    /** What of this is multiplied with a layer's input, and how queries are made of the result. */
    Linear first();

    PlanBuilder.Values planned(PlanBuilder plan, PlanBuilder.Values first);

    record Direct(Linear projection) implements Query {
      @Override
      public Linear first() {
        return projection;
      }

      @Override
      public PlanBuilder.Values planned(PlanBuilder plan, PlanBuilder.Values first) {
        return first;
      }

      @Override
      public Tensor of(Tensor xBLD) {
        return projection.forward(xBLD);
      }
    }

    record Compressed(Linear down, RmsNorm norm, Linear up) implements Query {
      @Override
      public Linear first() {
        return down;
      }

      @Override
      public PlanBuilder.Values planned(PlanBuilder plan, PlanBuilder.Values first) {
        return plan.product(plan.normed(first, norm.planned()), up.planned());
      }

      @Override
      public Tensor of(Tensor xBLD) {
        return up.forward(norm.forward(down.forward(xBLD)));
      }
    }
  }

  private LatentAttention(Settings s, Parameters p, RotaryEmbedding rotary) {
    this.settings = s;
    this.rotary = rotary;
    long heads = s.numHeads();
    this.query = query(p);
    this.keyValueDown =
        linear(p, "kv_a_proj_with_mqa", s.dim(), (long) s.rank() + s.rotaryDim(), s.bias());
    this.latentNorm = norm(p, "kv_a_layernorm", s.rank());
    this.keyValueUp =
        child(
            "kv_b_proj",
            Linear.plain(p.at("kv_b_proj"), s.rank(), heads * (s.plainDim() + s.valueDim())));
    this.output = linear(p, "o_proj", heads * s.valueDim(), s.dim(), s.bias());
  }

  /** Its projections and norms from {@code p}. */
  public static LatentAttention of(Settings settings, Parameters p, RotaryEmbedding rotary) {
    return new LatentAttention(settings, p, rotary);
  }

  private Query query(Parameters p) {
    Settings s = settings;
    long out = (long) s.numHeads() * s.headDim();
    if (s.queryRank().isEmpty()) {
      return new Query.Direct(linear(p, "q_proj", s.dim(), out, Linear.Bias.NONE));
    }
    int rank = s.queryRank().get();
    return new Query.Compressed(
        linear(p, "q_a_proj", s.dim(), rank, s.bias()),
        norm(p, "q_a_layernorm", rank),
        linear(p, "q_b_proj", rank, out, Linear.Bias.NONE));
  }

  private Linear linear(Parameters p, String name, long in, long out, Linear.Bias bias) {
    return child(name, Linear.of(p.at(name), in, out, bias));
  }

  private RmsNorm norm(Parameters p, String name, long dim) {
    return child(name, RmsNorm.of(p.at(name), dim, LATENT_EPS));
  }

  @Override
  public Planned plan(PlanBuilder plan, PlanBuilder.Input x) {
    Settings s = settings;
    List<PlanBuilder.Values> down =
        plan.products(x, List.of(query.first().planned(), keyValueDown.planned()));
    LatentHeads heads =
        new LatentHeads(
            s.numHeads(),
            s.rank(),
            s.plainDim(),
            s.rotaryDim(),
            s.valueDim(),
            rotary.layout() == RotaryEmbedding.Layout.PAIRS,
            s.scale());
    return new Planned.Projected(
        plan.latentAttention(
            heads,
            keyValueUp.weight(),
            latentNorm.planned(),
            query.planned(plan, down.getFirst()),
            down.getLast(),
            rotary),
        output.planned());
  }

  @Override
  public Tensor forward(Tensor xBLD, Step step, LayerCache cache) {
    Settings s = settings;
    long batch = xBLD.size(0);
    long length = xBLD.size(1);
    List<Tensor> q =
        query
            .of(xBLD)
            .reshape(batch, length, s.numHeads(), s.headDim())
            .transpose(1, 2)
            .split(-1, s.plainDim(), s.rotaryDim());
    Tensor rotatedBNLP = rotary.rotate(q.get(1), step);
    List<Tensor> down = keyValueDown.forward(xBLD).unsqueeze(1).split(-1, s.rank(), s.rotaryDim());
    Tensor latent = latentNorm.forward(down.get(0));
    Tensor seenBNLV =
        step.byPart(
            (part, rows) -> {
              Tensor kept = cache.append(part, LayerCache.Slot.LATENT, rows.get(2));
              return part.numNew() == 1
                  ? absorbed(rows.get(0), rows.get(1), kept, part)
                  : expanded(rows.get(0), rows.get(1), kept, part);
            },
            q.get(0),
            rotatedBNLP,
            Tensor.cat(List.of(latent, rotary.rotate(down.get(1), step)), -1));
    return output.forward(seenBNLV.transpose(1, 2).reshape(batch, length, -1));
  }

  /** Attention over keys and values made from the kept [B, 1, S, R + P]. */
  private Tensor expanded(Tensor plainBNLC, Tensor rotatedBNLP, Tensor kept, Step.Part part) {
    Settings s = settings;
    long batch = kept.size(0);
    long total = kept.size(2);
    List<Tensor> parts = kept.split(-1, s.rank(), s.rotaryDim());
    List<Tensor> made =
        keyValueUp
            .forward(parts.get(0))
            .reshape(batch, total, s.numHeads(), s.plainDim() + s.valueDim())
            .transpose(1, 2)
            .split(-1, s.plainDim(), s.valueDim());
    Tensor rotatedKey = parts.get(1).expand(batch, s.numHeads(), total, s.rotaryDim());
    Tensor key = Tensor.cat(List.of(made.get(0), rotatedKey), -1);
    Tensor q = Tensor.cat(List.of(plainBNLC, rotatedBNLP), -1);
    Tensor value = widened(made.get(1), s.headDim());
    return part.attend(q, key, value, s.scale(), /* window= */ 0).narrow(-1, 0, s.valueDim());
  }

  /** libtorch's fused kernel wants values as wide as keys; else it holds all scores at once. */
  private static Tensor widened(Tensor valueBNSV, int width) {
    long missing = width - valueBNSV.size(3);
    if (missing <= 0) {
      return valueBNSV;
    }
    long[] shape = valueBNSV.shape();
    shape[3] = missing;
    Tensor zeros = Tensor.zeros(valueBNSV.dtype(), valueBNSV.device(), shape);
    return Tensor.cat(List.of(valueBNSV, zeros), -1);
  }

  /** The same with the expansion moved to the query and the answer. */
  private Tensor absorbed(Tensor plainBNLC, Tensor rotatedBNLP, Tensor kept, Step.Part part) {
    Settings s = settings;
    List<Tensor> up =
        keyValueUp
            .weight()
            .tensor()
            .reshape(s.numHeads(), s.plainDim() + s.valueDim(), s.rank())
            .split(1, s.plainDim(), s.valueDim());
    Tensor qBNLR = byHead(plainBNLC, up.get(0));
    Tensor q = Tensor.cat(List.of(qBNLR, rotatedBNLP), -1);
    Tensor seen = part.attend(q, kept, kept, s.scale(), /* window= */ 0).narrow(-1, 0, s.rank());
    return byHead(seen, up.get(1).transpose(1, 2));
  }

  /** x [B, N, L, a] through a matrix [N, a, b] of each head: [B, N, L, b]. */
  private static Tensor byHead(Tensor x, Tensor matrices) {
    long batch = x.size(0);
    long heads = x.size(1);
    long length = x.size(2);
    return x.transpose(0, 1)
        .reshape(heads, batch * length, -1)
        .matmul(matrices)
        .reshape(heads, batch, length, -1)
        .transpose(0, 1);
  }
}
