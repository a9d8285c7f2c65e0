package deepseek.compute;

import deepseek.kernel.cpu.AttentionPlanner;
import deepseek.kernel.cpu.CacheFormat;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.ExpertChoice;
import deepseek.kernel.cpu.ExpertPlanner;
import deepseek.kernel.cpu.Gate;
import deepseek.kernel.cpu.GroupedHeads;
import deepseek.kernel.cpu.LargestOfRows;
import deepseek.kernel.cpu.LatentHeads;
import deepseek.kernel.cpu.Rows;
import deepseek.kernel.cpu.StepPlanner;
import deepseek.kernel.cpu.WeightOperand;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plans a decoder's step for the CPU's kernels: layers say what they would do to rows, FP32
 * [tokens, width], and {@link #build} makes one list of it. Weights stay the layers' and must
 * outlive the plan.
 *
 * <p>What the kernels can't do is refused with an {@link PlanRefusedException} that says why; the
 * caller then runs the layers one by one.
 */
public final class PlanBuilder implements AutoCloseable {
  private final StepPlanner planner;
  private final AttentionPlanner attentionPlanner;
  private final ExpertPlanner expertPlanner;
  private final DType cache;
  private final Map<Object, RotaryTables> tables = new LinkedHashMap<>();
  private final PlannedWeights weights = new PlannedWeights();
  private long vocabulary = Long.MAX_VALUE;
  private boolean picked;
  private boolean ended;

  /** Rows of the step: [tokens, width]. */
  public static final class Values {
    private final PlanBuilder plan;
    private final Rows rows;
    private final boolean picked;

    private Values(PlanBuilder plan, Rows rows) {
      this.plan = plan;
      this.rows = rows;
      this.picked = plan.picked;
    }

    /** Values of a row. */
    public long width() {
      return rows.width();
    }
  }

  /** Rows on their way into products: as they are, or normed. */
  public static final class Input {
    private final Values values;
    private final long norm;
    private final double eps;

    private Input(Values values, long norm, double eps) {
      this.values = values;
      this.norm = norm;
      this.eps = eps;
    }
  }

  /** A weight with the bias that is added, if any. */
  public record Projection(Weight weight, Optional<Tensor> bias) {}

  /** Cosines and sines [tokens, width / 2] of one rotary embedding, written before each call. */
  record RotaryTables(int width, MemorySegment cosines, MemorySegment sines) {}

  /**
   * For at most {@code maxTokens} a call, of which the logits of {@code maxPicked} come at a time.
   *
   * @param cache dtype of kept keys and values; INT8 comes with scales
   */
  public PlanBuilder(int maxTokens, int maxPicked, DType cache) {
    PlanChecks.limits(maxTokens, maxPicked);
    this.cache = cache;
    CpuKernels kernels =
        Kernels.compiled().orElseThrow(() -> new PlanRefusedException("there are no kernels"));
    this.planner =
        new StepPlanner(kernels, new StepPlanner.Limits(maxTokens, maxPicked, Machine.threads()));
    this.attentionPlanner = new AttentionPlanner(planner);
    this.expertPlanner = new ExpertPlanner(planner);
  }

  /**
   * Starts loading the kernels on another thread, as {@link Libtorch#prepare} does with libtorch,
   * or compiling them where they never were; libtorch where there are none.
   */
  public static void prepare() {
    Thread.ofPlatform().daemon().name("load-kernels").start(PlanBuilder::load);
  }

  private static void load() {
    if (!isSupported()) {
      Libtorch.loadQuietly();
    }
  }

  /** Whether this process has the compiled kernels that steps need. */
  public static boolean isSupported() {
    return Kernels.compiled().isPresent();
  }

  private void requireOpen() {
    PlanChecks.require(!ended, "a plan that is being made", "one that is built or closed");
  }

  /** The rows, if this part of this plan may read them. */
  private Rows rows(Values x) {
    requireOpen();
    PlanChecks.require(x.plan == this, "rows of this plan", "another's");
    PlanChecks.require(
        x.picked == picked, "rows of one part", "some from before pick() and some after it");
    return x.rows;
  }

  private Rows rows(Input x) {
    return rows(x.values);
  }

  private Values made(Rows rows) {
    return new Values(this, rows);
  }

  private static void require(boolean possible, String what) {
    if (!possible) {
      throw new PlanRefusedException(what);
    }
  }

  private long constants(Tensor values, double offset) {
    float[] numbers;
    try (Scope scope = Scope.open()) {
      numbers = values.to(DType.FLOAT32).toFloats();
    }
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (numbers[i] + offset);
    }
    return planner.constants(numbers);
  }

  private static void requireWidth(long width) {
    require(width <= StepPlanner.WIDEST_ROW, "rows of " + width);
  }

  /** Rows of a table [V, D] by the call's token ids, times {@code scale}. */
  public Values embedding(Weight table, double scale) {
    requireOpen();
    PlanChecks.require(
        !picked && table.out() > 0 && table.in() > 0,
        "a table with rows, before pick()",
        "[" + table.out() + ", " + table.in() + "]");
    requireWidth(table.in());
    vocabulary = Math.min(vocabulary, table.out());
    return made(planner.embed(weights.kernel(table), scale));
  }

  /**
   * An RMS norm, {@code x / sqrt(mean(x^2) + eps) * (weight + offset)}.
   *
   * @param weight [width], any floating-point type
   */
  public record Norm(Tensor weight, double eps, double offset) {}

  /** Rows that are normed on their way into products. */
  public Input normed(Values x, Norm norm) {
    requireWidth(rows(x).width());
    return new Input(x, factors(norm, x.width()), norm.eps());
  }

  private long factors(Norm norm, long width) {
    PlanChecks.vector("a norm", norm.weight(), width);
    return constants(norm.weight(), norm.offset());
  }

  /** Rows that go into products as they are. */
  public Input asIs(Values x) {
    requireWidth(rows(x).width());
    return new Input(x, 0, 0);
  }

  /** {@code to += norm(x)}. */
  public void addNormed(Values x, Norm norm, Values to) {
    PlanChecks.width("rows to add to", x.width(), to.width());
    planner.addNormed(rows(x), factors(norm, x.width()), norm.eps(), rows(to));
  }

  /** Products of one source, at most three. */
  public List<Values> products(Input x, List<Projection> projections) {
    PlanChecks.projections(projections, rows(x).width());
    List<Rows> ys = new ArrayList<>();
    for (Projection p : projections) {
      ys.add(planner.rows(p.weight().out()));
    }
    multiply(x, projections, ys, StepPlanner.Then.STORE);
    return ys.stream().map(this::made).toList();
  }

  /** The product of one source. */
  public Values product(Input x, Projection projection) {
    return products(x, List.of(projection)).getFirst();
  }

  /** {@code to += x W^T (+ b)}. */
  public void addProduct(Input x, Projection projection, Values to) {
    PlanChecks.projection(projection, rows(x).width());
    PlanChecks.width("rows to add to", projection.weight().out(), to.width());
    multiply(x, List.of(projection), List.of(rows(to)), StepPlanner.Then.ADD);
  }

  private void multiply(
      Input x, List<Projection> projections, List<Rows> ys, StepPlanner.Then then) {
    List<StepPlanner.Part> parts = new ArrayList<>();
    for (int i = 0; i < ys.size(); i++) {
      Projection p = projections.get(i);
      WeightOperand w = weights.kernel(p.weight());
      parts.add(new StepPlanner.Part(w, w, bias(p), 0, ys.get(i)));
    }
    planner.product(operand(x, parts), then, Gate.SILU, parts);
  }

  private long bias(Projection p) {
    return p.bias().map(b -> constants(b, /* offset= */ 0)).orElse(0L);
  }

  private StepPlanner.Operand operand(Input x, List<StepPlanner.Part> parts) {
    return planner.operand(
        rows(x), x.norm, x.eps, parts.stream().map(StepPlanner.Part::weight).toList());
  }

  /** {@code act(gate(x)) * up(x)}. */
  public Values gated(Input x, Projection gate, Projection up, Gate act) {
    PlanChecks.gated(gate, up, rows(x).width());
    WeightOperand g = weights.kernel(gate.weight());
    WeightOperand u = weights.kernel(up.weight());
    Rows y = planner.rows(g.out());
    StepPlanner.Part first = new StepPlanner.Part(g, u, bias(gate), bias(up), y);
    if (g.format() == u.format()) {
      planner.product(operand(x, List.of(first)), StepPlanner.Then.GATE, act, List.of(first));
      return made(y);
    }
    StepPlanner.Part second = new StepPlanner.Part(u, u, bias(up), 0, y);
    StepPlanner.Operand in = operand(x, List.of(first, second));
    planner.product(in, StepPlanner.Then.STORE, act, List.of(second));
    planner.product(in, StepPlanner.Then.GATE_Y, act, List.of(first));
    return made(y);
  }

  /** Norms of each head's query and key, [width] each, before they are rotated. */
  public record HeadNorms(Norm query, Norm key) {}

  /**
   * Grouped-query attention of the call's queries [tokens, heads * width] over all kept keys, which
   * these keys and values join. Layers are numbered in the order of these calls.
   *
   * @param rotary identifies the rotary embedding: the key of {@link Plan#rotary}
   */
  public Values attention(
      GroupedHeads h, Optional<HeadNorms> norms, Values q, Values k, Values v, Object rotary) {
    PlanChecks.heads(h, rows(q).width(), rows(k).width(), rows(v).width());
    require(
        h.width() % 2 == 0 && h.width() <= AttentionPlanner.WIDEST_HEAD, "heads of " + h.width());
    CacheFormat format = cacheFormat();
    RotaryTables tables = tables(rotary, h.width());
    return made(
        attentionPlanner.grouped(
            h,
            norms.map(n -> headNorms(n, h.width())).orElse(AttentionPlanner.HeadNorms.NONE),
            format,
            rows(q),
            rows(k),
            rows(v),
            tables.cosines().address(),
            tables.sines().address()));
  }

  private AttentionPlanner.HeadNorms headNorms(HeadNorms norms, int width) {
    PlanChecks.require(
        norms.query().eps() == norms.key().eps(),
        "norms of queries and keys with one eps",
        norms.query().eps() + " and " + norms.key().eps());
    return new AttentionPlanner.HeadNorms(
        factors(norms.query(), width), factors(norms.key(), width), norms.query().eps());
  }

  private CacheFormat cacheFormat() {
    return switch (cache) {
      case BFLOAT16 -> CacheFormat.BF16;
      case FLOAT16 -> CacheFormat.F16;
      case FLOAT32 -> CacheFormat.F32;
      case INT8 -> CacheFormat.INT8;
      default -> throw new PlanRefusedException("a cache of " + cache);
    };
  }

  private RotaryTables tables(Object rotary, int width) {
    RotaryTables known =
        tables.computeIfAbsent(
            rotary,
            r -> new RotaryTables(width / 2, planner.table(width / 2), planner.table(width / 2)));
    PlanChecks.width("pairs that one rotary embedding rotates", known.width(), width / 2);
    return known;
  }

  /**
   * Latent attention of the call's queries [tokens, heads * (nopeWidth + ropeWidth)] over all kept
   * latents, which {@code down} [tokens, rank + ropeWidth] joins, normed and rotated.
   *
   * @param up [heads * (nopeWidth + valueWidth), rank]: what makes each head's keys, then its
   *     values, of a latent
   * @param norm [rank], of the latents
   * @param rotary as for {@link #attention}, of {@code ropeWidth} values
   */
  public Values latentAttention(
      LatentHeads h, Weight up, Norm norm, Values q, Values down, Object rotary) {
    PlanChecks.latents(h, up, norm.weight(), rows(q).width(), rows(down).width());
    int width = h.rank() + h.ropeWidth();
    require(h.ropeWidth() % 2 == 0 && width <= AttentionPlanner.WIDEST_HEAD, "latents of " + width);
    require(
        Math.max(h.nopeWidth(), h.valueWidth()) <= AttentionPlanner.WIDEST_HEAD,
        "heads of " + h.nopeWidth());
    WeightOperand kernelUp = weights.kernel(up);
    require(!kernelUp.format().isPacked(), "packed weights of latents");
    CacheFormat format = cacheFormat();
    RotaryTables tables = tables(rotary, h.ropeWidth());
    return made(
        attentionPlanner.latent(
            h,
            new AttentionPlanner.LatentWeights(kernelUp, factors(norm, h.rank()), norm.eps()),
            format,
            rows(q),
            rows(down),
            tables.cosines().address(),
            tables.sines().address()));
  }

  /** A source's rows, which several may read. */
  public Values values(Input x) {
    return made(x.norm == 0 ? rows(x) : planner.normed(rows(x), x.norm, x.eps));
  }

  /** A gated network of its own for some tokens. */
  public record Expert(Weight gate, Weight up, Weight down) {}

  /** What a mixture of experts makes of rows, to be added by {@link #addMixed}. */
  public static final class Mixed {
    private final ExpertPlanner.Routing routing;
    private final Values values;

    private Mixed(ExpertPlanner.Routing routing, Values values) {
      this.routing = routing;
      this.values = values;
    }
  }

  /**
   * Routes rows x to experts by logits [tokens, experts] and runs these.
   *
   * @param correction FLOAT32 [experts], added to scores where experts are chosen
   */
  public Mixed experts(
      Values x,
      Values logits,
      ExpertChoice c,
      Optional<Tensor> correction,
      List<Expert> experts,
      Gate act) {
    PlanChecks.experts(c, correction, experts, rows(x).width(), rows(logits).width());
    require(c.experts() <= ExpertPlanner.MOST_EXPERTS, c.experts() + " experts");
    require(c.chosen() <= ExpertPlanner.MOST_CHOSEN, c.chosen() + " experts for a token");
    List<WeightOperand> gate = weights.kernels(experts, Expert::gate);
    List<WeightOperand> up = weights.kernels(experts, Expert::up);
    List<WeightOperand> down = weights.kernels(experts, Expert::down);
    ExpertPlanner.Routing routing =
        expertPlanner.route(
            c, correction.map(t -> constants(t, /* offset= */ 0)).orElse(0L), rows(logits));
    return new Mixed(routing, made(expertPlanner.experts(routing, rows(x), act, gate, up, down)));
  }

  /**
   * {@code to += mixed (+ shared * sigmoid(gate))}.
   *
   * @param gate rows [tokens, 1]; empty lets all of {@code shared} through
   */
  public void addMixed(Mixed mixed, Optional<Values> shared, Optional<Values> gate, Values to) {
    PlanChecks.width("rows to add to", mixed.values.width(), to.width());
    shared.ifPresent(v -> PlanChecks.width("rows of a shared network", to.width(), v.width()));
    gate.ifPresent(v -> PlanChecks.width("rows of a gate", 1, v.width()));
    expertPlanner.combine(
        mixed.routing, rows(mixed.values), shared.map(this::rows), gate.map(this::rows), rows(to));
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

  /** Ends the part that runs on all tokens: from here on the rows of the picked ones. */
  public Values pick(Values x) {
    Rows all = rows(x);
    PlanChecks.require(!picked, "one pick()", "a second");
    picked = true;
    return made(planner.pick(all));
  }

  /** The plan, whose results are {@code logits}. */
  public Plan build(Values logits) {
    Rows rows = rows(logits);
    LargestOfRows largest = LargestOfRows.of(planner, rows);
    ended = true;
    List<Plan.Product> products = Plan.Product.of(planner);
    return new Plan(
        planner.build(),
        Map.copyOf(tables),
        new Plan.Reads(vocabulary, weights.tensors()),
        new Plan.Results(rows, largest),
        products);
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
