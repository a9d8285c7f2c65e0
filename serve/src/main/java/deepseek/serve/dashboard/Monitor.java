package deepseek.serve.dashboard;

import deepseek.models.generate.EngineConfig;
import deepseek.models.generate.EngineStats;
import deepseek.serve.http.Exchange;
import deepseek.serve.shelf.Loaded;
import deepseek.serve.shelf.ModelShelf;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Watches a server: each request that was answered, and once a second what its models do. */
public final class Monitor implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Monitor.class.getName());
  private static final int SECONDS_KEPT = 300;
  private static final int REQUESTS_SHOWN = 50;
  private static final int REQUESTS_KEPT = 20_000;

  private final ModelShelf shelf;
  private final History history;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("deepseek-monitor").factory());
  private final Deque<Second> seconds = new ArrayDeque<>();
  private final Deque<Answered> answered = new ArrayDeque<>();
  private final Map<String, EngineStats> last = new HashMap<>();

  private Monitor(ModelShelf shelf, History history) {
    this.shelf = shelf;
    this.history = history;
  }

  /** Starts to watch; minutes go to {@code file}, or are forgotten at the end. */
  public static Monitor start(ModelShelf shelf, Optional<Path> file) {
    Monitor monitor = new Monitor(shelf, file.map(History::in).orElseGet(History::inMemory));
    var _ = monitor.clock.scheduleAtFixedRate(monitor::tick, 1, 1, TimeUnit.SECONDS);
    return monitor;
  }

  /** Hears of a request that was answered. */
  public synchronized void hear(Exchange exchange) {
    answered.addLast(Answered.of(exchange));
    if (answered.size() > REQUESTS_KEPT) {
      answered.removeFirst();
    }
  }

  /** A failure here must not end the watch. */
  private void tick() {
    try {
      second();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "watch the server", e);
    }
  }

  private synchronized void second() {
    long now = Instant.now().getEpochSecond();
    Counted sum = new Counted();
    for (ModelShelf.State state : shelf.states()) {
      stats(state).ifPresent(stats -> sum.add(stats, last.put(state.served().name(), stats)));
    }
    seconds.addLast(
        new Second(
            now,
            sum.newTokens,
            sum.promptTokens,
            sum.running,
            sum.waiting,
            sum.occupancy(),
            Usage.cpuLoad()));
    if (seconds.size() > SECONDS_KEPT) {
      seconds.removeFirst();
    }
    if (now % 60 == 0) {
      minute(now / 60 - 1);
    }
  }

  /** What all models did since the second before. */
  private static final class Counted {
    private long newTokens;
    private long promptTokens;
    private int running;
    private int waiting;
    private long steps;
    private long stepped;

    /** Counts of a model that was closed in between begin anew. */
    void add(EngineStats now, EngineStats before) {
      boolean isNew = before == null || now.steps() < before.steps();
      newTokens += now.generatedTokens() - (isNew ? 0 : before.generatedTokens());
      promptTokens += now.promptTokens() - (isNew ? 0 : before.promptTokens());
      steps += now.steps() - (isNew ? 0 : before.steps());
      stepped += now.steppedSequences() - (isNew ? 0 : before.steppedSequences());
      running += now.running();
      waiting += now.waiting();
    }

    double occupancy() {
      return steps == 0 ? Double.NaN : (double) stepped / steps / EngineConfig.MOST_SEQUENCES;
    }
  }

  private void minute(long epochMinute) {
    List<Second> own =
        seconds.stream().filter(s -> (s.epochSecond() - 1) / 60 == epochMinute).toList();
    List<Answered> requests =
        answered.stream().filter(a -> a.at().getEpochSecond() / 60 == epochMinute).toList();
    history.add(Minute.of(epochMinute, own, requests, usage()));
  }

  private Optional<EngineStats> stats(ModelShelf.State state) {
    return shelf
        .peek(state.served().name(), Loaded.Text.class)
        .map(text -> text.model().engine().stats());
  }

  Usage usage() {
    long weights = 0;
    long cache = 0;
    for (ModelShelf.State state : shelf.states()) {
      weights += state.bytes();
      cache += stats(state).map(EngineStats::cacheBytes).orElse(0L);
    }
    return Usage.now(weights, cache);
  }

  /** The models with what their engines say. */
  Map<ModelShelf.State, Optional<EngineStats>> models() {
    Map<ModelShelf.State, Optional<EngineStats>> models = new LinkedHashMap<>();
    shelf.states().forEach(state -> models.put(state, stats(state)));
    return models;
  }

  /** The last five minutes, second by second. */
  synchronized List<Second> seconds() {
    return List.copyOf(seconds);
  }

  /** Requests of the last five minutes. */
  synchronized List<Answered> lately() {
    Instant start = Instant.now().minusSeconds(SECONDS_KEPT);
    return answered.stream().filter(a -> a.at().isAfter(start)).toList();
  }

  /** The last requests, the newest first. */
  synchronized List<Answered> newest() {
    return answered.reversed().stream().limit(REQUESTS_SHOWN).toList();
  }

  History history() {
    return history;
  }

  @Override
  public void close() {
    clock.shutdownNow();
    try {
      clock.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    history.close();
  }
}
