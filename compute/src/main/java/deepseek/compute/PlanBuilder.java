package deepseek.compute;

import deepseek.kernel.cpu.AttentionPlanner;
import deepseek.kernel.cpu.CacheFormat;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.ExpertPlanner;
import deepseek.kernel.cpu.LargestOfRows;
import deepseek.kernel.cpu.Rows;
import deepseek.kernel.cpu.StepPlanner;
import deepseek.kernel.cpu.WeightFormat;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Plans a decoder's step for the CPU's kernels: layers say what they would do to rows, FP32
 * [tokens, width], and {@link #build} makes one list of it. Weights stay the layers' and must
 * outlive the plan.
 *
 * <p>What the kernels can't do is refused with an {@link UnsupportedOperationException} that says
 * why; the caller then runs the layers one by one.
 */
public final class PlanBuilder implements AutoCloseable {
  private final StepPlanner planner;
  private final AttentionPlanner attentionPlanner;
  private final ExpertPlanner expertPlanner;
  private final DType cache;
  private final Map<Object, Turning> tables = new LinkedHashMap<>();
  private final List<Plan.CacheShape> caches = new ArrayList<>();
  private boolean built;

  /** Rows of the step: [tokens, width]. */
  public static final class Values {
    private final Rows rows;

    private Values(Rows rows) {
      this.rows = rows;
    }

    public long width() {
      return rows.width();
    }
  }

  /** Rows on their way into products: as they are, or normed. */
  public static final class Source {
    private final Rows rows;
    private final long norm;
    private final double eps;

    private Source(Rows rows, long norm, double eps) {
      this.rows = rows;
      this.norm = norm;
      this.eps = eps;
    }
  }

  /** A weight with the bias that is added, if any. */
  public record Projection(Weight weight, Optional<Tensor> bias) {}

  /** Non-linearities that gate a product. */
  public enum Gate {
    SILU,
    GELU,
    GELU_TANH,
    RELU
  }

  /** Factor of a norm from what is stored: the number itself, or its distance from one. */
  public enum Stored {
    FACTOR,
    DISTANCE_FROM_ONE
  }

  /** Cosines and sines [tokens, width / 2] of one rotary embedding, written before each call. */
  record Turning(int width, MemorySegment cosines, MemorySegment sines) {}

  /**
   * For at most {@code maxTokens} a call, of which the logits of {@code maxPicked} come at a time.
   *
   * @param cache dtype of kept keys and values; INT8 has scales beside them
   */
  public PlanBuilder(int maxTokens, int maxPicked, DType cache) {
    this.cache = cache;
    CpuKernels kernels =
        Kernels.compiled()
            .orElseThrow(() -> new UnsupportedOperationException("there are no kernels"));
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

  /** A weight as the kernels take it. */
  private static deepseek.kernel.cpu.Weight kernelWeight(Weight weight) {
    return switch (weight) {
      case QTensor packed -> packed.form("plan");
      case BlockSparse blocks -> throw new UnsupportedOperationException(blocks.toString());
      case Weight.Plain(Tensor t) -> {
        WeightFormat format = plainFormat(t.dtype());
        require(t.device().type() == Device.Type.CPU, "a weight on " + t.device());
        require(t.isContiguous(), "a weight with gaps");
        yield new deepseek.kernel.cpu.Weight(format, t.dataAddress(), t.size(1), t.size(0));
      }
    };
  }

  private static WeightFormat plainFormat(DType dtype) {
    return switch (dtype) {
      case BFLOAT16 -> WeightFormat.BF16;
      case FLOAT16 -> WeightFormat.F16;
      case FLOAT32 -> WeightFormat.F32;
      default -> throw new UnsupportedOperationException("values of " + dtype);
    };
  }

  private static void require(boolean possible, String what) {
    if (!possible) {
      throw new UnsupportedOperationException(what);
    }
  }

  private long constants(Tensor values, Stored stored) {
    float[] numbers;
    try (Scope scope = Scope.open()) {
      numbers = values.to(DType.FLOAT32).toFloats();
    }
    if (stored == Stored.DISTANCE_FROM_ONE) {
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] += 1;
      }
    }
    return planner.constants(numbers);
  }

  private static void requireWidth(long width) {
    require(width <= StepPlanner.WIDEST_ROW, "rows of " + width);
  }

  /** Rows of a table [V, D] by the call's token ids, times {@code scale}. */
  public Values embedding(Weight table, double scale) {
    requireWidth(table.in());
    return new Values(planner.embed(kernelWeight(table), scale));
  }

  /** {@code x / sqrt(mean(x^2) + eps) * factor}. */
  public Source normed(Values x, Tensor weight, double eps, Stored stored) {
    requireWidth(x.width());
    return new Source(x.rows, constants(weight, stored), eps);
  }

  public Source asIs(Values x) {
    requireWidth(x.width());
    return new Source(x.rows, 0, 0);
  }

  /** {@code to += norm(x)}. */
  public void addNormed(Values x, Tensor weight, double eps, Stored stored, Values to) {
    planner.addNormed(x.rows, constants(weight, stored), eps, to.rows);
  }

  /** Products of one source, at most three. */
  public List<Values> products(Source x, List<Projection> projections) {
    List<Rows> ys = new ArrayList<>();
    for (Projection p : projections) {
      ys.add(planner.rows(p.weight().out()));
    }
    multiply(x, projections, ys, StepPlanner.Then.STORE);
    return ys.stream().map(Values::new).toList();
  }

  public Values product(Source x, Projection projection) {
    return products(x, List.of(projection)).getFirst();
  }

  /** {@code to += x W^T (+ b)}. */
  public void addProduct(Source x, Projection projection, Values to) {
    multiply(x, List.of(projection), List.of(to.rows), StepPlanner.Then.ADD);
  }

  private void multiply(
      Source x, List<Projection> projections, List<Rows> ys, StepPlanner.Then then) {
    List<StepPlanner.Part> parts = new ArrayList<>();
    for (int i = 0; i < ys.size(); i++) {
      Projection p = projections.get(i);
      deepseek.kernel.cpu.Weight w = kernelWeight(p.weight());
      parts.add(new StepPlanner.Part(w, w, bias(p), 0, ys.get(i)));
    }
    planner.product(operand(x, parts), then, StepPlanner.Gate.SILU, parts);
  }

  private long bias(Projection p) {
    return p.bias().map(b -> constants(b, Stored.FACTOR)).orElse(0L);
  }

  private StepPlanner.Operand operand(Source x, List<StepPlanner.Part> parts) {
    return planner.operand(
        x.rows, x.norm, x.eps, parts.stream().map(StepPlanner.Part::weight).toList());
  }

  /** {@code activation(gate(x)) * up(x)}. */
  public Values gated(Source x, Projection gate, Projection up, Gate activation) {
    deepseek.kernel.cpu.Weight g = kernelWeight(gate.weight());
    deepseek.kernel.cpu.Weight u = kernelWeight(up.weight());
    StepPlanner.Gate act = StepPlanner.Gate.valueOf(activation.name());
    Rows y = planner.rows(g.out());
    StepPlanner.Part first = new StepPlanner.Part(g, u, bias(gate), bias(up), y);
    if (g.format() == u.format()) {
      planner.product(operand(x, List.of(first)), StepPlanner.Then.GATE, act, List.of(first));
      return new Values(y);
    }
    StepPlanner.Part second = new StepPlanner.Part(u, u, bias(up), 0, y);
    StepPlanner.Operand in = operand(x, List.of(first, second));
    planner.product(in, StepPlanner.Then.STORE, act, List.of(second));
    planner.product(in, StepPlanner.Then.GATE_Y, act, List.of(first));
    return new Values(y);
  }

  /**
   * Heads of an attention layer.
   *
   * @param turnsPairs whether 2i turns with 2i + 1; else i with i + width / 2
   * @param window tokens a token sees, itself included; 0: all
   */
  public record Heads(
      int heads,
      int keyHeads,
      int width,
      Optional<Tensor> queryNorm,
      Optional<Tensor> keyNorm,
      Stored normStored,
      double eps,
      boolean turnsPairs,
      double scale,
      int window) {}

  /**
   * Attention of the call's queries [tokens, heads * width] over all kept keys, which these keys
   * and values join. Layers are numbered in the order of these calls.
   *
   * @param rotary stands for the rotary embedding: {@link Plan#turning} asks by it
   */
  public Values attention(Heads h, Values q, Values k, Values v, Object rotary) {
    require(
        h.width() % 2 == 0 && h.width() <= AttentionPlanner.WIDEST_HEAD, "heads of " + h.width());
    CacheFormat format = cacheFormat();
    int keyBytes = format.keyBytes(h.width());
    keeps(Plan.Kept.KEYS_AND_VALUES, h.keyHeads(), keyBytes, format.valueBytes(h.width()));
    Turning turning = turning(rotary, h.width());
    return new Values(
        attentionPlanner.grouped(
            new AttentionPlanner.Heads(
                h.heads(),
                h.keyHeads(),
                h.width(),
                format,
                h.queryNorm().map(n -> constants(n, h.normStored())).orElse(0L),
                h.keyNorm().map(n -> constants(n, h.normStored())).orElse(0L),
                h.eps(),
                h.turnsPairs(),
                h.scale(),
                h.window()),
            q.rows,
            k.rows,
            v.rows,
            turning.cosines().address(),
            turning.sines().address()));
  }

  private CacheFormat cacheFormat() {
    return switch (cache) {
      case BFLOAT16 -> CacheFormat.BF16;
      case FLOAT16 -> CacheFormat.F16;
      case FLOAT32 -> CacheFormat.F32;
      case INT8 -> CacheFormat.INT8;
      default -> throw new UnsupportedOperationException("a cache of " + cache);
    };
  }

  private void keeps(Plan.Kept kept, int heads, int keyBytes, int valueBytes) {
    int size = cache.byteSize();
    caches.add(new Plan.CacheShape(kept, heads, keyBytes / size, valueBytes / size, cache));
  }

  private Turning turning(Object rotary, int width) {
    return tables.computeIfAbsent(
        rotary, r -> new Turning(width / 2, planner.table(width / 2), planner.table(width / 2)));
  }

  /**
   * Heads of a latent attention layer: queries of {@code plain + turned} values, answers of {@code
   * valueWidth}.
   *
   * @param up [heads * (plain + valueWidth), rank]: what makes each head's keys, then its values,
   *     of a latent
   * @param norm [rank], of the latents
   * @param turnsPairs whether 2i turns with 2i + 1; else i with i + turned / 2
   */
  public record LatentHeads(
      int heads,
      int rank,
      int plain,
      int turned,
      int valueWidth,
      Weight up,
      Tensor norm,
      double eps,
      boolean turnsPairs,
      double scale) {}

  /**
   * Attention of the call's queries [tokens, heads * (plain + turned)] over all kept latents, which
   * {@code down} [tokens, rank + turned] joins, normed and turned.
   *
   * @param rotary as for {@link #attention}, of {@code turned} values
   */
  public Values latentAttention(LatentHeads h, Values q, Values down, Object rotary) {
    int width = h.rank() + h.turned();
    require(h.turned() % 2 == 0 && width <= AttentionPlanner.WIDEST_HEAD, "latents of " + width);
    require(
        Math.max(h.plain(), h.valueWidth()) <= AttentionPlanner.WIDEST_HEAD,
        "heads of " + h.plain());
    deepseek.kernel.cpu.Weight up = kernelWeight(h.up());
    require(!up.format().isPacked(), "packed weights of latents");
    int bytes = cacheFormat().valueBytes(h.rank()) + cacheFormat().keyBytes(h.turned());
    keeps(Plan.Kept.LATENTS, 1, bytes, bytes);
    Turning turning = turning(rotary, h.turned());
    return new Values(
        attentionPlanner.latent(
            new AttentionPlanner.LatentHeads(
                h.heads(),
                h.rank(),
                h.plain(),
                h.turned(),
                h.valueWidth(),
                cacheFormat(),
                up,
                constants(h.norm(), Stored.FACTOR),
                h.eps(),
                h.turnsPairs(),
                h.scale()),
            q.rows,
            down.rows,
            turning.cosines().address(),
            turning.sines().address()));
  }

  /** A source's rows, which several may read. */
  public Values values(Source x) {
    return new Values(x.norm == 0 ? x.rows : planner.normed(x.rows, x.norm, x.eps));
  }

  /**
   * How tokens are sent to experts.
   *
   * @param sigmoid scores are sigmoids; else a softmax over all experts
   * @param shares weights are divided by the sum over a token's experts
   * @param factor multiplies the weights, last
   * @param groups experts stand in this many groups, of which the {@code keptGroups} best may serve
   * @param correction FLOAT32 [experts], added to scores where experts are chosen
   */
  public record Choice(
      int experts,
      int chosen,
      boolean sigmoid,
      boolean shares,
      double factor,
      int groups,
      int keptGroups,
      Optional<Tensor> correction) {}

  /** A gated network of its own for some tokens. */
  public record Expert(Weight gate, Weight up, Weight down) {}

  /** What a mixture of experts makes of rows, to be added by {@link #addMixed}. */
  public static final class Mixed {
    private final ExpertPlanner.Routing routing;
    private final Rows rows;

    private Mixed(ExpertPlanner.Routing routing, Rows rows) {
      this.routing = routing;
      this.rows = rows;
    }
  }

  /** Sends rows x to experts by logits [tokens, experts] and runs these. */
  public Mixed experts(Values x, Values logits, Choice c, List<Expert> experts, Gate activation) {
    require(c.experts() <= ExpertPlanner.MOST_EXPERTS, c.experts() + " experts");
    require(c.chosen() <= ExpertPlanner.MOST_CHOSEN, c.chosen() + " experts for a token");
    List<deepseek.kernel.cpu.Weight> gate = kernelWeights(experts, Expert::gate);
    List<deepseek.kernel.cpu.Weight> up = kernelWeights(experts, Expert::up);
    List<deepseek.kernel.cpu.Weight> down = kernelWeights(experts, Expert::down);
    ExpertPlanner.Routing routing =
        expertPlanner.route(
            new ExpertPlanner.Choice(
                c.experts(),
                c.chosen(),
                c.sigmoid(),
                c.shares(),
                c.factor(),
                c.groups(),
                c.keptGroups(),
                c.correction().map(t -> constants(t, Stored.FACTOR)).orElse(0L)),
            logits.rows);
    StepPlanner.Gate act = StepPlanner.Gate.valueOf(activation.name());
    return new Mixed(routing, expertPlanner.experts(routing, x.rows, act, gate, up, down));
  }

  private static List<deepseek.kernel.cpu.Weight> kernelWeights(
      List<Expert> experts, Function<Expert, Weight> part) {
    return experts.stream().map(part).map(PlanBuilder::kernelWeight).toList();
  }

  /**
   * {@code to += mixed (+ shared * sigmoid(gate))}.
   *
   * @param gate rows [tokens, 1]; empty lets all of {@code shared} through
   */
  public void addMixed(Mixed mixed, Optional<Values> shared, Optional<Values> gate, Values to) {
    expertPlanner.combine(
        mixed.routing, mixed.rows, shared.map(v -> v.rows), gate.map(v -> v.rows), to.rows);
  }

  /** To be given to {@link #reuse}. */
  public int mark() {
    return planner.mark();
  }

  /** Says that nothing to come reads what was made since {@code mark}. */
  public void reuse(int mark) {
    planner.reuse(mark);
  }

  /** Ends the part that runs on all tokens: from here on the rows of the picked ones. */
  public Values pick(Values x) {
    return new Values(planner.pick(x.rows));
  }

  /** The plan, whose results are {@code logits}. */
  public Plan build(Values logits) {
    LargestOfRows largest = LargestOfRows.of(planner, logits.rows);
    built = true;
    List<Plan.Product> products =
        planner.multiplied().stream()
            .map(w -> new Plan.Product(w.format().toString(), w.out(), w.in(), w.activationBits()))
            .toList();
    return new Plan(
        planner.build(), Map.copyOf(tables), List.copyOf(caches), logits.rows, largest, products);
  }

  /** Frees what was made when no plan was built. */
  @Override
  public void close() {
    if (!built) {
      planner.abandon();
    }
  }
}
