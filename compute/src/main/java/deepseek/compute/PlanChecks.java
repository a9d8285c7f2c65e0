package deepseek.compute;

import deepseek.kernel.cpu.ExpertChoice;
import deepseek.kernel.cpu.GroupedHeads;
import deepseek.kernel.cpu.LatentHeads;
import java.util.List;
import java.util.Optional;

/**
 * What {@link PlanBuilder} is told must fit together: the kernels know addresses alone, and would
 * read beyond what lies there.
 */
final class PlanChecks {
  static final String OPERATION = "plan a step";

  private static final int MOST_PROJECTIONS = 3;

  /** Most tokens of a call: the tables of a plan's rows have room for as many. */
  private static final int MOST_TOKENS = 1 << 16;

  private PlanChecks() {}

  static void require(boolean holds, String expected, String got) {
    if (!holds) {
      throw new ComputeException(
          OPERATION, expected, got, "use weights, sizes and rows of one model");
    }
  }

  static void limits(int maxTokens, int maxPicked) {
    require(
        maxPicked >= 1 && maxPicked <= maxTokens && maxTokens <= MOST_TOKENS,
        "1 to " + MOST_TOKENS + " tokens, and from 1 up to as many picked",
        maxTokens + " and " + maxPicked);
  }

  static void width(String what, long wanted, long got) {
    require(got == wanted, what + " of " + wanted, String.valueOf(got));
  }

  /** A vector for each value of a row. */
  static void vector(String what, Tensor values, long wanted) {
    require(values.numel() == wanted, what + " of " + wanted + " values", values.describe());
  }

  /** What rows of {@code in} values can be multiplied by together. */
  static void projections(List<PlanBuilder.Projection> projections, long in) {
    require(
        !projections.isEmpty() && projections.size() <= MOST_PROJECTIONS,
        "1 to " + MOST_PROJECTIONS + " weights in a product",
        String.valueOf(projections.size()));
    projections.forEach(p -> projection(p, in));
  }

  /** What rows of {@code in} values can be multiplied by. */
  static void projection(PlanBuilder.Projection p, long in) {
    weight(p.weight(), in);
    p.bias().ifPresent(b -> vector("a bias", b, p.weight().out()));
  }

  private static void weight(Weight weight, long in) {
    require(
        weight.in() == in && weight.out() > 0,
        "a weight [out, " + in + "]",
        "[" + weight.out() + ", " + weight.in() + "]");
  }

  private static void shape(String what, Weight weight, long out, long in) {
    require(
        weight.out() == out && weight.in() == in,
        what + " [" + out + ", " + in + "]",
        "[" + weight.out() + ", " + weight.in() + "]");
  }

  /** Two weights over the same rows, of which one gates the other. */
  static void gated(PlanBuilder.Projection gate, PlanBuilder.Projection up, long in) {
    projection(gate, in);
    projection(up, in);
    shape("an up weight", up.weight(), gate.weight().out(), in);
  }

  static void heads(GroupedHeads h, long queries, long keys, long values) {
    require(
        h.keyHeads() > 0 && h.heads() > 0 && h.heads() % h.keyHeads() == 0,
        "key heads that divide the heads",
        h.keyHeads() + " of " + h.heads());
    require(
        h.width() > 0 && h.window() >= 0,
        "heads and a window from 0",
        h.width() + " and " + h.window());
    width("queries", (long) h.heads() * h.width(), queries);
    width("keys", (long) h.keyHeads() * h.width(), keys);
    width("values", (long) h.keyHeads() * h.width(), values);
  }

  static void latents(LatentHeads h, Weight up, Tensor norm, long queries, long down) {
    require(
        h.heads() > 0
            && h.rank() > 0
            && h.nopeWidth() > 0
            && h.ropeWidth() > 0
            && h.valueWidth() > 0,
        "sizes above 0 of latent attention",
        "%d heads of %d, %d and %d over %d"
            .formatted(h.heads(), h.nopeWidth(), h.ropeWidth(), h.valueWidth(), h.rank()));
    width("queries", h.heads() * ((long) h.nopeWidth() + h.ropeWidth()), queries);
    width("latents with keys", (long) h.rank() + h.ropeWidth(), down);
    shape(
        "a weight of keys and values",
        up,
        h.heads() * ((long) h.nopeWidth() + h.valueWidth()),
        h.rank());
    vector("a norm of latents", norm, h.rank());
  }

  static void experts(
      ExpertChoice c,
      Optional<Tensor> correction,
      List<PlanBuilder.Expert> experts,
      long width,
      long logits) {
    require(
        c.experts() > 0 && experts.size() == c.experts(),
        "as many experts as are chosen among, " + c.experts(),
        String.valueOf(experts.size()));
    width("logits of experts", c.experts(), logits);
    boolean grouped =
        c.groups() > 0
            && c.experts() % c.groups() == 0
            && c.keptGroups() > 0
            && c.keptGroups() <= c.groups();
    require(
        grouped && c.chosen() > 0 && c.chosen() <= (long) c.experts() / c.groups() * c.keptGroups(),
        "groups of equal size that offer the chosen experts",
        "%d of %d, in %d of %d groups"
            .formatted(c.chosen(), c.experts(), c.keptGroups(), c.groups()));
    correction.ifPresent(t -> vector("a correction", t, c.experts()));
    long hidden = experts.getFirst().gate().out();
    long out = experts.getFirst().down().out();
    for (PlanBuilder.Expert expert : experts) {
      shape("an expert's gate", expert.gate(), hidden, width);
      shape("an expert's up weight", expert.up(), hidden, width);
      shape("an expert's down weight", expert.down(), out, hidden);
    }
  }
}
