package deepseek.compute;

import deepseek.kernel.cpu.AttentionPlanner;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.Gate;
import deepseek.kernel.cpu.GroupedHeads;
import deepseek.kernel.cpu.Rows;
import deepseek.kernel.cpu.StepPlanner;
import deepseek.kernel.cpu.WeightOperand;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Plans an encoder for the CPU's kernels: layers say what they would do to rows, FP32 [tokens,
 * width], of whole texts, and {@link #build} makes one list of it. Weights stay the layers' and
 * must outlive the plan.
 *
 * <p>What the kernels can't do is refused with a {@link PlanRefusedException}; the caller then runs
 * the layers one by one.
 */
public final class TextPlanBuilder implements AutoCloseable {
  private final StepPlanner planner;
  private final AttentionPlanner attentionPlanner;
  private final PlannedWeights weights = new PlannedWeights();
  private final List<TextPlan.Table> tables = new ArrayList<>();
  private boolean ended;

  /** Rows of the run: [tokens, width]. */
  public static final class Values {
    private final TextPlanBuilder plan;
    private final Rows rows;

    private Values(TextPlanBuilder plan, Rows rows) {
      this.plan = plan;
      this.rows = rows;
    }

    /** Values of a row. */
    public long width() {
      return rows.width();
    }
  }

  /**
   * A layer norm, {@code (x - mean) / sqrt(variance + eps) * weight + bias}.
   *
   * @param weight [width], any floating-point type, like {@code bias}
   */
  public record Norm(Tensor weight, Tensor bias, double eps) {}

  /**
   * @param maxTokens of a run, 1 to 65536
   * @throws PlanRefusedException if there are no kernels
   */
  public TextPlanBuilder(int maxTokens) {
    PlanChecks.limits(maxTokens, 1);
    CpuKernels kernels =
        Kernels.compiled().orElseThrow(() -> new PlanRefusedException("there are no kernels"));
    this.planner =
        new StepPlanner(kernels, new StepPlanner.Limits(maxTokens, 1, Machine.threads()));
    this.attentionPlanner = new AttentionPlanner(planner);
  }

  private void requireOpen() {
    PlanChecks.require(!ended, "a plan that is being made", "one that is built or closed");
  }

  private Rows rows(Values x) {
    requireOpen();
    PlanChecks.require(x.plan == this, "rows of this plan", "another's");
    return x.rows;
  }

  private Values made(Rows rows) {
    return new Values(this, rows);
  }

  private static void requireFitting(boolean possible, String lacking) {
    if (!possible) {
      throw new PlanRefusedException(lacking);
    }
  }

  /**
   * The sum of a row of each of these tables [.., D], which a text has a number for in {@link
   * TextPlan.Text}, in this order.
   */
  public Values embeddings(List<Weight> summed) {
    requireOpen();
    PlanChecks.require(
        tables.isEmpty() && !summed.isEmpty(), "some tables, once", summed.size() + " more");
    long width = summed.getFirst().in();
    requireFitting(width <= StepPlanner.WIDEST_ROW, "rows of " + width);
    Rows x = planner.rows(width);
    for (Weight table : summed) {
      PlanChecks.width("a table's rows", width, table.in());
      MemorySegment numbers = planner.numbers();
      planner.sumEmbedded(
          weights.kernel(table),
          numbers.address(),
          x,
          tables.isEmpty() ? StepPlanner.Summand.FIRST : StepPlanner.Summand.NEXT);
      tables.add(new TextPlan.Table(table.out(), numbers));
    }
    return made(x);
  }

  private long constants(Tensor values, String what, long width) {
    PlanChecks.vector(what, values, width);
    try (Scope scope = Scope.open()) {
      return planner.constants(values.to(DType.FLOAT32).toFloats());
    }
  }

  /** {@code x = norm(x)}. */
  public void norm(Values x, Norm norm) {
    Rows rows = rows(x);
    planner.layerNorm(
        rows,
        constants(norm.weight(), "a norm", rows.width()),
        constants(norm.bias(), "a norm's bias", rows.width()),
        norm.eps());
  }

  /** {@code x W^T (+ b)} for each of these, at most three. */
  public List<Values> products(Values x, List<PlanBuilder.Projection> projections) {
    PlanChecks.projections(projections, rows(x).width());
    List<Rows> ys = projections.stream().map(p -> planner.rows(p.weight().out())).toList();
    multiply(x, projections, ys, StepPlanner.Then.STORE, Gate.GELU);
    return ys.stream().map(this::made).toList();
  }

  /** {@code act(x W^T (+ b))}. */
  public Values activated(Values x, PlanBuilder.Projection projection, Gate act) {
    PlanChecks.projection(projection, rows(x).width());
    Rows y = planner.rows(projection.weight().out());
    multiply(x, List.of(projection), List.of(y), StepPlanner.Then.ACTIVATE, act);
    return made(y);
  }

  /** {@code to += x W^T (+ b)}. */
  public void addProduct(Values x, PlanBuilder.Projection projection, Values to) {
    PlanChecks.projection(projection, rows(x).width());
    PlanChecks.width("rows to add to", projection.weight().out(), to.width());
    multiply(x, List.of(projection), List.of(rows(to)), StepPlanner.Then.ADD, Gate.GELU);
  }

  private void multiply(
      Values x,
      List<PlanBuilder.Projection> projections,
      List<Rows> ys,
      StepPlanner.Then then,
      Gate act) {
    requireFitting(x.width() <= StepPlanner.WIDEST_ROW, "rows of " + x.width());
    List<StepPlanner.Part> parts = new ArrayList<>();
    for (int i = 0; i < ys.size(); i++) {
      PlanBuilder.Projection p = projections.get(i);
      WeightOperand w = weights.kernel(p.weight());
      Optional<Long> bias = p.bias().map(b -> constants(b, "a bias", w.out()));
      parts.add(new StepPlanner.Part(w, w, bias.orElse(0L), 0, ys.get(i)));
    }
    planner.product(
        planner.operand(rows(x), 0, 0, parts.stream().map(StepPlanner.Part::weight).toList()),
        then,
        act,
        parts);
  }

  /**
   * Attention of each token to all tokens of its text: {@code softmax(q k^T * scale) v} for each
   * head of queries, keys and values [tokens, heads * width].
   */
  public Values attention(int heads, double scale, Values q, Values k, Values v) {
    PlanChecks.require(
        heads > 0 && q.width() % heads == 0, "heads that divide " + q.width(), heads + "");
    int width = Math.toIntExact(q.width() / heads);
    GroupedHeads h = new GroupedHeads(heads, heads, width, /* interleaved= */ false, scale, 0);
    PlanChecks.heads(h, rows(q).width(), rows(k).width(), rows(v).width());
    requireFitting(width <= AttentionPlanner.WIDEST_HEAD, "heads of " + width);
    return made(attentionPlanner.whole(h, rows(q), rows(k), rows(v)));
  }

  /** To be given to {@link #reuse}. */
  public int mark() {
    requireOpen();
    return planner.mark();
  }

  /** Says that nothing to come reads what was made since {@code mark}. */
  public void reuse(int mark) {
    requireOpen();
    PlanChecks.require(
        mark >= 0 && mark <= planner.mark(),
        "a mark from 0 to " + planner.mark(),
        String.valueOf(mark));
    planner.reuse(mark);
  }

  /** The plan, whose results are the rows {@code hidden}. */
  public TextPlan build(Values hidden) {
    Rows rows = rows(hidden);
    PlanChecks.require(!tables.isEmpty(), "embeddings first", "none");
    ended = true;
    return new TextPlan(
        planner.build(), List.copyOf(tables), weights.tensors(), rows, Plan.Product.of(planner));
  }

  /** Frees what was made when no plan was built. */
  @Override
  public void close() {
    if (!ended) {
      ended = true;
      planner.abandon();
    }
  }
}
