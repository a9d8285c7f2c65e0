package deepseek.models.decoder;

import deepseek.compute.DType;
import deepseek.compute.LargestLogits;
import deepseek.compute.Machine;
import deepseek.compute.Plan;
import deepseek.compute.PlanBuilder;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.compute.Weight;
import deepseek.models.ModelException;
import deepseek.nn.Embedding;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import deepseek.nn.RmsNorm;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.PlannedSteps;
import deepseek.nn.attention.Step;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A causal language model: token ids INT64 [B, L] to logits [B, L, V].
 *
 * <p>Weights are taken from the checkpoint when they are first used, so making a decoder costs
 * neither time nor memory. With a cache, a step runs as one plan of the CPU's kernels where these
 * know all of its layers, which are then taken as they are; else layer by layer. One thread at a
 * time may run it.
 */
public final class Decoder extends Module {
  private static final System.Logger LOG = System.getLogger(Decoder.class.getName());
  private static final String TABLE = "model.embed_tokens";
  private static final String HEAD = "lm_head";
  private static final int PLANNED_TOKENS = 512;
  private static final int PLANNED_LOGITS = 32;

  private final Architecture architecture;
  private final Parameters parameters;
  private final Residency residency;
  private final DType cacheType;
  private final LayerStack layers;
  private final SpareTensors spare;
  private @Nullable Ends ends;
  private Optional<PlannedSteps> planned = Optional.empty();
  private boolean isPlanTried;

  /** What stands before and after the layers. */
  private record Ends(Embedding embedding, RmsNorm norm, Optional<Linear> head) {}

  /**
   * Takes {@code residency} over.
   *
   * @param cacheType INT8, or the parameters' own, in which alone steps can run layer by layer
   */
  public Decoder(
      Architecture architecture, Parameters parameters, Residency residency, DType cacheType) {
    this.architecture = architecture;
    this.parameters = parameters;
    this.residency = residency;
    this.cacheType = cacheType;
    this.layers = child("model.layers", new LayerStack(architecture, parameters, residency));
    this.spare = new SpareTensors(config().numHiddenLayers(), parameters::contains);
    requireHead();
  }

  /** Checkpoints of the bare network have none. */
  private void requireHead() {
    if (!config().tieWordEmbeddings() && !parameters.contains(HEAD + ".weight")) {
      throw new ModelException(
          "open the decoder",
          "'" + HEAD + ".weight', as tie_word_embeddings is false",
          "a checkpoint without it",
          "save the model with its language head");
    }
  }

  public DecoderConfig config() {
    return architecture.config();
  }

  private Ends ends() {
    Ends known = ends;
    if (known != null) {
      return known;
    }
    DecoderConfig c = config();
    Embedding embedding =
        build(() -> Embedding.of(parameters.at(TABLE), c.vocabSize(), c.hiddenSize()));
    child(TABLE, embedding);
    RmsNorm norm =
        child("model.norm", build(() -> architecture.finalNorm(parameters.at("model.norm"))));
    Optional<Linear> head =
        isTied()
            ? Optional.empty()
            : Optional.of(
                child(
                    HEAD,
                    build(() -> Linear.of(parameters.at(HEAD), c.hiddenSize(), c.vocabSize()))));
    Ends made = new Ends(embedding, norm, head);
    ends = made;
    return made;
  }

  /** As the config says, but for a checkpoint that has another head all the same. */
  private boolean isTied() {
    String table = TABLE + ".weight";
    String head = HEAD + ".weight";
    if (!config().tieWordEmbeddings()) {
      return false;
    }
    boolean differs = parameters.contains(head) && !parameters.same(table, head);
    if (differs) {
      LOG.log(
          System.Logger.Level.WARNING,
          "tie_word_embeddings is true, but {0} differs from {1}: each is used for its own; set"
              + " tie_word_embeddings to false",
          head,
          table);
    }
    return !differs;
  }

  /**
   * An empty cache for {@code padding.length} rows, of which row b starts with padding[b] blanks.
   */
  public KvCache newCache(int capacity, int... padding) {
    return layers.newCache(capacity, padding);
  }

  /** Logits [B, L, V] of whole sequences, each token seeing those before it. */
  public Tensor forward(Tensor ids) {
    try (var scope = Scope.open();
        Step step = Step.whole(length(ids), ids.device())) {
      return scope.keep(logits(hidden(ids, step)));
    }
  }

  /** Logits [B, L, V] of new tokens after those in {@code cache}, which then holds them too. */
  public Tensor forward(Tensor ids, KvCache cache) {
    requireRows(ids, cache);
    Optional<PlannedSteps> plan = planned(cache);
    if (plan.isPresent()) {
      return plan.get().all(ids, cache);
    }
    try (var scope = Scope.open()) {
      return scope.keep(logits(advance(ids, cache)));
    }
  }

  /** Logits [B, V] of the last new token only. */
  public Tensor forwardLast(Tensor ids, KvCache cache) {
    requireRows(ids, cache);
    Optional<PlannedSteps> plan = planned(cache);
    if (plan.isPresent()) {
      return plan.get().last(ids, cache);
    }
    try (var scope = Scope.open()) {
      Tensor hBLD = advance(ids, cache);
      return scope.keep(logits(hBLD.select(1, hBLD.size(1) - 1)));
    }
  }

  /**
   * The {@code count} largest logits of the last new token, at most {@link LargestLogits#MOST}, for
   * each row; valid until the next step. Where steps don't run as a plan, nothing is done and this
   * is empty: {@link #forwardLast} then is the way.
   */
  public Optional<LargestLogits> forwardLargest(Tensor ids, KvCache cache, int count) {
    requireRows(ids, cache);
    return planned(cache).map(plan -> plan.lastLargest(ids, cache, count));
  }

  /** The last layer's output after the final norm, [B, L, D], of whole sequences. */
  public Tensor hiddenStates(Tensor ids) {
    try (var scope = Scope.open();
        Step step = Step.whole(length(ids), ids.device())) {
      return scope.keep(hidden(ids, step));
    }
  }

  private Tensor advance(Tensor ids, KvCache cache) {
    int length = length(ids);
    try (Step step = Step.after(cache, length, ids.device())) {
      Tensor h = hidden(ids, step);
      cache.advance(length);
      return h;
    }
  }

  private static void requireRows(Tensor ids, KvCache cache) {
    length(ids);
    if (ids.size(0) != cache.batch()) {
      throw new ModelException(
          "run decoder",
          cache.batch() + " rows as the cache has",
          ids.size(0) + " rows",
          "make a cache for this batch");
    }
  }

  /** Whether steps with this cache run as one plan. */
  boolean isPlanned(KvCache cache) {
    return planned(cache).isPresent();
  }

  /** Forms of the weights that planned steps multiply by; none where layers run one by one. */
  public List<Plan.Product> products() {
    try (KvCache cache = newCache(1, 0)) {
      return planned(cache).map(PlannedSteps::products).orElse(List.of());
    }
  }

  private Optional<PlannedSteps> planned(KvCache cache) {
    if (!isPlanTried) {
      planned = plan();
      isPlanTried = true;
    }
    Optional<PlannedSteps> fitting = planned.filter(p -> p.fits(cache.batch()));
    if (fitting.isEmpty() && cacheType != parameters.dtype()) {
      throw new ModelException(
          "keep keys and values as " + cacheType.torchName(),
          "steps that the CPU's kernels run, of at most " + PLANNED_LOGITS + " sequences",
          planned.isEmpty() ? "layers they don't know" : cache.batch() + " sequences",
          "keep them in the model's own type");
    }
    return fitting;
  }

  private Optional<PlannedSteps> plan() {
    if (layers.isBudgeted()) {
      return Optional.empty();
    }
    try (PlanBuilder plan = new PlanBuilder(PLANNED_TOKENS, PLANNED_LOGITS, cacheType)) {
      Ends e = ends();
      Weight table = e.embedding().weight();
      PlanBuilder.Values x = plan.embedding(table, architecture.embeddingScale());
      layers.plan(plan, x);
      PlanBuilder.Source last = e.norm().planned(plan, plan.pick(x));
      PlanBuilder.Projection head =
          e.head()
              .map(Linear::planned)
              .orElseGet(() -> new PlanBuilder.Projection(table, Optional.empty()));
      PlanBuilder.Values logits = plan.product(last, head);
      parameters.complete(spare);
      return Optional.of(new PlannedSteps(plan.build(logits), table.out()));
    } catch (UnsupportedOperationException e) {
      LOG.log(
          System.Logger.Level.DEBUG,
          "steps run layer by layer: the kernels don''t do {0}",
          e.getMessage());
      return Optional.empty();
    }
  }

  private static int length(Tensor ids) {
    if (ids.rank() != 2 || ids.numel() == 0) {
      throw new ModelException(
          "run decoder",
          "token ids [B, L] with L from 1",
          ids.toString(),
          "pass at least one token");
    }
    return (int) ids.size(1);
  }

  private Tensor hidden(Tensor ids, Step step) {
    Ends e = ends();
    Tensor x = e.embedding().forward(ids);
    if (architecture.embeddingScale() != 1) {
      x = x.mul(Tensor.full(architecture.embeddingScale(), x.dtype(), x.device()));
    }
    Tensor last = layers.forward(x, step);
    parameters.complete(spare);
    return e.norm().forward(last);
  }

  private Tensor logits(Tensor h) {
    Ends e = ends();
    return e.head().isPresent() ? e.head().get().forward(h) : e.embedding().logits(h);
  }

  /** Builds what is not built yet and returns all parameters by their Hugging Face names. */
  public Map<String, Tensor> allParameters() {
    ends();
    layers.buildAll();
    return parameters();
  }

  @Override
  public void close() {
    planned.ifPresent(PlannedSteps::close);
    planned = Optional.empty();
    super.close();
    residency.close();
    Machine.giveBackFreeMemory();
  }
}
