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
import deepseek.models.SerialCalls;
import deepseek.nn.Embedding;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import deepseek.nn.RmsNorm;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.PlannedSteps;
import deepseek.nn.attention.Span;
import deepseek.nn.attention.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
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
  private final LongAdder tensorBytes = new LongAdder();
  private final SerialCalls calls = new SerialCalls(RUN, "decoder", "run it before it is closed");
  private @Nullable Ends ends;
  private @Nullable Route route;

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

  /** An empty cache for a sequence of at most {@code capacity} tokens. */
  public KvCache newCache(int capacity) {
    return layers.newCache(capacity);
  }

  /** Bytes of what its caches hold; a page that several share counts once. */
  public long cacheBytes() {
    return calls.run(() -> tensorBytes.sum() + built().map(PlannedSteps::usedBytes).orElse(0L));
  }

  /** Bytes that {@code newTokens} more of a sequence take; 0 where layers run one by one. */
  public long bytesFor(KvCache cache, int newTokens) {
    return calls.run(() -> planned().map(plan -> plan.bytesFor(cache, newTokens)).orElse(0L));
  }

  private Optional<PlannedSteps> built() {
    return route instanceof Route.Planned(PlannedSteps steps)
        ? Optional.of(steps)
        : Optional.empty();
  }

  /** A call that has the caches for itself, too. */
  private <R> R alone(List<Span> spans, Supplier<R> call) {
    Supplier<R> inside = call;
    for (Span span : spans) {
      Supplier<R> outside = inside;
      inside =
          () -> {
            synchronized (span.cache()) {
              span.cache().usedBy(this, tensorBytes);
              return outside.get();
            }
          };
    }
    return calls.run(inside);
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
    return calls.run(
        () -> {
          try (var scope = Scope.open();
              Step step = Step.whole(length, ids.device())) {
            return scope.keep(result.apply(hidden(ids, step)));
          }
        });
  }

  /**
   * Logits [1, L, V] of new tokens ids [1, L] after those in {@code cache}, which then holds them.
   */
  public Tensor forward(Tensor ids, KvCache cache) {
    length(ids);
    if (ids.size(0) != 1) {
      throw new ModelException(
          RUN,
          "token ids int64[1, L], as a cache is one sequence's",
          ids.toString(),
          "run a step of several spans");
    }
    long[] tokens = ids.toLongs();
    Arrays.stream(tokens).forEach(this::requireKnown);
    int[] known = Arrays.stream(tokens).mapToInt(Math::toIntExact).toArray();
    Span span = new Span(cache, known, 1);
    requireFitting(span);
    return alone(
        List.of(span),
        () ->
            planned()
                .map(plan -> plan.all(cache, span.ids()).unsqueeze(0))
                .orElseGet(() -> layerByLayer(List.of(span), h -> h)));
  }

  /**
   * Runs new tokens of several sequences, each after what its cache holds, which then holds them
   * too: one token of this sequence, a part of that one's prompt.
   *
   * @param spans at most {@link #maxStepTokens} tokens, of which at most {@link #maxStepPicked} are
   *     picked or alone in their span; each with a cache of its own
   * @param count of the largest logits to look for, at most {@link LargestLogits#MOST}
   * @return the logits of each span's picked tokens, in turn; valid until the next step, and in the
   *     scope of the call
   */
  public LargestLogits step(List<Span> spans, int count) {
    spans.forEach(this::requireFitting);
    requireStep(spans, count);
    return alone(
        spans,
        () ->
            planned()
                .map(plan -> plan.step(spans, count))
                .orElseGet(() -> LargestLogits.of(pickedLogits(spans), count)));
  }

  /** Most tokens of a step. */
  public int maxStepTokens() {
    return PLANNED_TOKENS;
  }

  /** Most picked tokens of a step, and so most sequences that answer. */
  public int maxStepPicked() {
    return PLANNED_LOGITS;
  }

  private void requireFitting(Span span) {
    if (span.cache().numLayers() != config().numHiddenLayers()) {
      throw new ModelException(
          RUN,
          "a cache of " + config().numHiddenLayers() + " layers",
          span.cache().numLayers() + " layers",
          "make it with newCache");
    }
    if (span.ids().length == 0) {
      throw new ModelException(
          RUN, "at least one token in each span", "none", "leave the span out");
    }
    if (span.picked() < 0 || span.picked() > span.ids().length) {
      throw new ModelException(
          RUN,
          "0 to " + span.ids().length + " picked tokens, as the span has",
          String.valueOf(span.picked()),
          "pick from its last tokens");
    }
    for (int id : span.ids()) {
      requireKnown(id);
    }
  }

  private void requireKnown(long id) {
    if (id < 0 || id >= config().vocabSize()) {
      throw new ModelException(
          RUN,
          "token ids from 0 to " + (config().vocabSize() - 1),
          String.valueOf(id),
          "check that tokenizer and model belong together");
    }
  }

  private static void requireStep(List<Span> spans, int count) {
    if (count < 0 || count > LargestLogits.MOST) {
      throw new ModelException(
          RUN,
          "0 to " + LargestLogits.MOST + " largest logits",
          String.valueOf(count),
          "take all of a row");
    }
    long tokens = spans.stream().mapToLong(span -> span.ids().length).sum();
    long picked = spans.stream().mapToLong(s -> s.ids().length == 1 ? 1 : s.picked()).sum();
    if (spans.isEmpty() || tokens > PLANNED_TOKENS || picked > PLANNED_LOGITS) {
      throw new ModelException(
          RUN,
          "1 to " + PLANNED_TOKENS + " tokens, at most " + PLANNED_LOGITS + " picked or alone",
          tokens + " tokens and " + picked + " picked or alone",
          "run them in several steps");
    }
    if (spans.stream().map(Span::cache).distinct().count() < spans.size()) {
      throw new ModelException(
          RUN, "a cache for each span", "one twice", "join the spans of a sequence");
    }
  }

  /** Logits [R, V] of the spans' picked tokens. */
  private Tensor pickedLogits(List<Span> spans) {
    return layerByLayer(
            spans,
            h -> {
              List<Tensor> picked = new ArrayList<>();
              int end = 0;
              for (Span span : spans) {
                end += span.ids().length;
                if (span.picked() > 0) {
                  picked.add(h.narrow(1, end - span.picked(), span.picked()));
                }
              }
              return picked.isEmpty() ? h.narrow(1, 0, 1) : Tensor.cat(picked, 1);
            })
        .squeeze(0);
  }

  /** Logits of what {@code wanted} takes of the last layer's output [1, L, D] of the spans. */
  private Tensor layerByLayer(List<Span> spans, UnaryOperator<Tensor> wanted) {
    try (var scope = Scope.open();
        Step step = Step.after(spans, device())) {
      long[] ids =
          spans.stream().flatMapToInt(s -> Arrays.stream(s.ids())).asLongStream().toArray();
      Tensor h = hidden(Tensor.of(ids, 1, ids.length).to(device()), step);
      spans.forEach(span -> span.cache().advance(span.ids().length));
      return scope.keep(logits(wanted.apply(h)));
    }
  }

  private Device device() {
    return ends().embedding().weight().tensor().device();
  }

  /** Whether steps run as one plan. */
  boolean isPlanned() {
    return calls.run(() -> planned().isPresent());
  }

  /** Forms of the weights that planned steps multiply by; none where layers run one by one. */
  public List<Plan.Product> products() {
    return calls.run(() -> planned().map(PlannedSteps::products).orElse(List.of()));
  }

  private Optional<PlannedSteps> planned() {
    Route known = route;
    if (known == null) {
      known = plan();
      route = known;
    }
    return switch (known) {
      case Route.Planned(PlannedSteps steps) -> Optional.of(steps);
      case Route.LayerByLayer(String lacking) -> {
        if (cacheType != parameters.dtype()) {
          throw new ModelException(
              "keep keys and values as " + cacheType.torchName(),
              "steps that the CPU's kernels run",
              lacking,
              "keep them in the model's own type");
        }
        yield Optional.empty();
      }
    };
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
      warnOfSlowSteps(e.lacking());
      return new Route.LayerByLayer(e.lacking());
    }
  }

  /** Where there are no kernels, or for a GPU, it is as it has to be. */
  private void warnOfSlowSteps(String lacking) {
    if (PlanBuilder.isSupported() && device().type() == Device.Type.CPU) {
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
    return calls.run(
        () -> {
          ends();
          layers.buildAll();
          return state();
        });
  }

  /** Ends after the call that runs. Closing twice does nothing. */
  @Override
  public void close() {
    calls.close(
        () -> {
          built().ifPresent(PlannedSteps::close);
          super.close();
          residency.close();
          Machine.giveBackFreeMemory();
        });
  }
}
