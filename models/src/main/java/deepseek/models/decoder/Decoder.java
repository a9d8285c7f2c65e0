package deepseek.models.decoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LargestLogits;
import deepseek.compute.Machine;
import deepseek.compute.Plan;
import deepseek.compute.PlanBuilder;
import deepseek.compute.PlanRefusedException;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A causal language model: token ids INT64 [B, L] to logits [B, L, V].
 *
 * <p>Weights are taken from the checkpoint when they are first used, so making a decoder costs
 * neither time nor memory. With a cache, a step runs as one plan of the CPU's kernels where these
 * know all of its layers, which are then taken as they are; else layer by layer. Calls from several
 * threads take turns, {@link #close} among them.
 *
 * <p>Throws {@link ModelException} once it is closed.
 */
public final class Decoder extends Module {
  private static final System.Logger LOG = System.getLogger(Decoder.class.getName());
  private static final String TABLE = "model.embed_tokens";
  private static final String HEAD = "lm_head";
  private static final String RUN = "run decoder";
  private static final int PLANNED_TOKENS = 512;
  private static final int PLANNED_LOGITS = 32;

  private final Architecture architecture;
  private final Parameters parameters;
  private final Residency residency;
  private final DType cacheType;
  private final LayerStack layers;
  private final SpareTensors spare;
  private final ReentrantLock turn = new ReentrantLock();
  private boolean closed;
  private @Nullable Ends ends;
  private @Nullable Route route;
  private final Set<String> warned = new HashSet<>();

  /** How steps with a cache run. */
  private sealed interface Route {
    /** As one program of the CPU's kernels. */
    record Planned(PlannedSteps steps) implements Route {}

    /** By libtorch's operations, since the kernels don't do {@code lacking}. */
    record LayerByLayer(String lacking) implements Route {}
  }

  /** What comes before and after the layers. */
  private record Ends(Embedding embedding, RmsNorm norm, Optional<Linear> head) {}

  /**
   * Takes ownership of {@code residency}.
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

  /** The family's config. */
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

  /** The call, while no other runs. */
  private <R> R alone(Supplier<R> call) {
    turn.lock();
    try {
      if (closed) {
        throw new ModelException(
            RUN, "an open decoder", "a closed one", "run it before it is closed");
      }
      return call.get();
    } finally {
      turn.unlock();
    }
  }

  /** A call that has the cache for itself, too. */
  private <R> R alone(Tensor ids, KvCache cache, Supplier<R> call) {
    requireRows(ids, cache);
    return alone(
        () -> {
          synchronized (cache) {
            cache.usedBy(this);
            return call.get();
          }
        });
  }

  /** Logits [B, L, V] of whole sequences, each token seeing those before it. */
  public Tensor forward(Tensor ids) {
    return whole(ids, this::logits);
  }

  /** The last layer's output after the final norm, [B, L, D], of whole sequences. */
  public Tensor hiddenStates(Tensor ids) {
    return whole(ids, h -> h);
  }

  private Tensor whole(Tensor ids, UnaryOperator<Tensor> result) {
    int length = length(ids);
    return alone(
        () -> {
          try (var scope = Scope.open();
              Step step = Step.whole(length, ids.device())) {
            return scope.keep(result.apply(hidden(ids, step)));
          }
        });
  }

  /** Logits [B, L, V] of new tokens after those in {@code cache}, which then holds them too. */
  public Tensor forward(Tensor ids, KvCache cache) {
    return alone(
        ids,
        cache,
        () -> {
          Optional<PlannedSteps> plan = planned(cache);
          return plan.isPresent() ? plan.get().all(ids, cache) : advance(ids, cache, h -> h);
        });
  }

  /** Logits [B, V] of the last new token only. */
  public Tensor forwardLast(Tensor ids, KvCache cache) {
    return alone(
        ids,
        cache,
        () -> {
          Optional<PlannedSteps> plan = planned(cache);
          return plan.isPresent()
              ? plan.get().last(ids, cache)
              : advance(ids, cache, h -> h.select(1, h.size(1) - 1));
        });
  }

  /**
   * The {@code count} largest logits of the last new token, at most {@link LargestLogits#MOST}, for
   * each row; valid until the next step. Where steps don't run as a plan, nothing is done and this
   * is empty: {@link #forwardLast} then is the way.
   */
  public Optional<LargestLogits> forwardLargest(Tensor ids, KvCache cache, int count) {
    return alone(ids, cache, () -> planned(cache).map(plan -> plan.lastLargest(ids, cache, count)));
  }

  /** Logits of what {@code wanted} takes of the last layer's output [B, L, D]. */
  private Tensor advance(Tensor ids, KvCache cache, UnaryOperator<Tensor> wanted) {
    int length = length(ids);
    try (var scope = Scope.open();
        Step step = Step.after(cache, length, ids.device())) {
      Tensor h = hidden(ids, step);
      cache.advance(length);
      return scope.keep(logits(wanted.apply(h)));
    }
  }

  private void requireRows(Tensor ids, KvCache cache) {
    length(ids);
    if (cache.numLayers() != config().numHiddenLayers()) {
      throw new ModelException(
          RUN,
          "a cache of " + config().numHiddenLayers() + " layers",
          cache.numLayers() + " layers",
          "make it with newCache");
    }
    if (ids.size(0) != cache.batch()) {
      throw new ModelException(
          RUN,
          cache.batch() + " rows as the cache has",
          ids.size(0) + " rows",
          "make a cache for this batch");
    }
  }

  /** Whether steps with this cache run as one plan. */
  boolean isPlanned(KvCache cache) {
    return alone(() -> planned(cache).isPresent());
  }

  /** Forms of the weights that planned steps multiply by; none where layers run one by one. */
  public List<Plan.Product> products() {
    return alone(
        () -> {
          try (KvCache cache = newCache(1, 0)) {
            return planned(cache).map(PlannedSteps::products).orElse(List.of());
          }
        });
  }

  private Optional<PlannedSteps> planned(KvCache cache) {
    Route known = route;
    if (known == null) {
      known = plan();
      route = known;
    }
    String lacking;
    switch (known) {
      case Route.Planned(PlannedSteps steps) -> {
        if (steps.fits(cache.batch())) {
          return Optional.of(steps);
        }
        lacking = cache.batch() + " sequences at once";
      }
      case Route.LayerByLayer slow -> lacking = slow.lacking();
    }
    if (cacheType != parameters.dtype()) {
      throw new ModelException(
          "keep keys and values as " + cacheType.torchName(),
          "steps that the CPU's kernels run, of at most " + PLANNED_LOGITS + " sequences",
          lacking,
          "keep them in the model's own type");
    }
    warnOfSlowSteps(lacking);
    return Optional.empty();
  }

  private Route plan() {
    if (layers.isBudgeted()) {
      return new Route.LayerByLayer("layers that come and go within a budget");
    }
    try (PlanBuilder plan = new PlanBuilder(PLANNED_TOKENS, PLANNED_LOGITS, cacheType)) {
      Ends e = ends();
      Weight table = e.embedding().weight();
      PlanBuilder.Values x = plan.embedding(table, architecture.embeddingScale());
      layers.plan(plan, x);
      PlanBuilder.Input last = plan.normed(plan.pick(x), e.norm().planned());
      PlanBuilder.Projection head =
          e.head()
              .map(Linear::planned)
              .orElseGet(() -> new PlanBuilder.Projection(table, Optional.empty()));
      PlanBuilder.Values logits = plan.product(last, head);
      parameters.complete(spare);
      return new Route.Planned(new PlannedSteps(plan.build(logits), table.out()));
    } catch (PlanRefusedException e) {
      return new Route.LayerByLayer(e.lacking());
    }
  }

  /** Once for each reason; where there are no kernels, or for a GPU, it is as it has to be. */
  private void warnOfSlowSteps(String lacking) {
    boolean surprising =
        PlanBuilder.isSupported()
            && !layers.isBudgeted()
            && ends().embedding().weight().tensor().device().type() == Device.Type.CPU;
    if (surprising && warned.add(lacking)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "steps run layer by layer, which is slower: the kernels don''t do {0}",
          lacking);
    }
  }

  private static int length(Tensor ids) {
    if (ids.rank() != 2 || ids.numel() == 0 || ids.dtype() != DType.INT64) {
      throw new ModelException(
          RUN, "token ids int64[B, L] with L from 1", ids.toString(), "pass at least one token");
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

  /** Builds what is not built yet; all parameters and buffers by their Hugging Face names. */
  public Map<String, Tensor> fullState() {
    return alone(
        () -> {
          ends();
          layers.buildAll();
          return state();
        });
  }

  /** Ends after the call that runs. Closing twice does nothing. */
  @Override
  public void close() {
    turn.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      if (route instanceof Route.Planned(PlannedSteps steps)) {
        steps.close();
      }
      super.close();
      residency.close();
      Machine.giveBackFreeMemory();
    } finally {
      turn.unlock();
    }
  }
}
