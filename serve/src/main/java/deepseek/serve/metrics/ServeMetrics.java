package deepseek.serve.metrics;

import deepseek.models.generate.EngineStats;
import deepseek.serve.http.Account;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.InFlight;
import deepseek.serve.shelf.Loaded;
import deepseek.serve.shelf.ModelShelf;
import deepseek.serve.shelf.ServedModel;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/** Counts what a server does. */
public final class ServeMetrics implements AutoCloseable {
  private static final String PREFIX = "deepseek:";
  private static final String MODEL = "model_name";
  private static final Duration[] LONG = millis(10, 50, 100, 300, 1000, 3000, 10_000, 60_000);
  private static final Duration[] SHORT = millis(1, 2, 5, 10, 25, 50, 100, 250, 1000);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ModelShelf shelf;

  /** What the engines of models that have been closed had counted, so that counters never fall. */
  private final ConcurrentHashMap<String, Highest> counted = new ConcurrentHashMap<>();

  /** The sum over all openings of a model. */
  private static final class Highest {
    private double before;
    private double last;

    synchronized double add(double now) {
      before += now < last ? last : 0;
      last = now;
      return before + last;
    }
  }

  /** Counts for the models of this shelf. */
  public ServeMetrics(ModelShelf shelf, InFlight inFlight) {
    this.shelf = shelf;
    Gauge.builder(PREFIX + "http_requests_in_flight", inFlight, InFlight::count).register(registry);
    for (ModelShelf.State state : shelf.states()) {
      if (state.served().task() == ServedModel.Task.TEXT) {
        register(state.served().name());
      }
    }
  }

  private static Duration[] millis(long... values) {
    Duration[] all = new Duration[values.length];
    for (int i = 0; i < values.length; i++) {
      all[i] = Duration.ofMillis(values[i]);
    }
    return all;
  }

  private void register(String model) {
    gauge("num_requests_running", model, EngineStats::running);
    gauge("num_requests_waiting", model, EngineStats::waiting);
    gauge(
        "kv_cache_usage_perc",
        model,
        stats -> stats.cacheLimit() == 0 ? 0 : (double) stats.cacheBytes() / stats.cacheLimit());
    gauge("kv_cache_bytes", model, EngineStats::cacheBytes);
    counter("prompt_tokens", model, stats -> stats.promptTokens() + stats.cachedPromptTokens());
    counter("generation_tokens", model, EngineStats::generatedTokens);
    counter(
        "prefix_cache_queries", model, stats -> stats.promptTokens() + stats.cachedPromptTokens());
    counter("prefix_cache_hits", model, EngineStats::cachedPromptTokens);
    counter("num_preemptions", model, EngineStats::preemptions);
    counter("engine_steps", model, EngineStats::steps);
    counter("engine_stepped_sequences", model, EngineStats::steppedSequences);
  }

  private Optional<EngineStats> stats(String model) {
    return shelf.peek(model, Loaded.Text.class).map(text -> text.model().engine().stats());
  }

  private void gauge(String name, String model, ToDoubleFunction<EngineStats> value) {
    Gauge.builder(PREFIX + name, () -> stats(model).map(value::applyAsDouble).orElse(0.0))
        .tag(MODEL, model)
        .register(registry);
  }

  private void counter(String name, String model, ToDoubleFunction<EngineStats> value) {
    Highest highest = counted.computeIfAbsent(name + " " + model, key -> new Highest());
    FunctionCounter.builder(
            PREFIX + name,
            this,
            self -> highest.add(stats(model).map(value::applyAsDouble).orElse(0.0)))
        .tag(MODEL, model)
        .register(registry);
  }

  /** Counts a request that has been answered. */
  public void count(Exchange exchange) {
    Account account = exchange.account();
    String model = account.model().filter(name -> shelf.find(name).isPresent()).orElse("none");
    Counter.builder(PREFIX + "http_requests")
        .tag(MODEL, model)
        .tag("status", Integer.toString(exchange.status()))
        .register(registry)
        .increment();
    if (account.finish().isEmpty()) {
      return;
    }
    Counter.builder(PREFIX + "request_success")
        .tag(MODEL, model)
        .tag("finished_reason", account.finish().get())
        .register(registry)
        .increment();
    long nanos = System.nanoTime() - exchange.startNanos();
    timer("e2e_request_latency", model, LONG).record(Duration.ofNanos(nanos));
    long first = account.firstTokenNanos();
    if (first > 0) {
      timer("time_to_first_token", model, LONG).record(Duration.ofNanos(first));
      int others = account.newTokens() - 1;
      if (others > 0) {
        Duration each = Duration.ofNanos((nanos - first) / others);
        timer("time_per_output_token", model, SHORT).record(each);
        timer("inter_token_latency", model, SHORT).record(each);
      }
    }
  }

  private Timer timer(String name, String model, Duration... buckets) {
    return Timer.builder(PREFIX + name)
        .tag(MODEL, model)
        .serviceLevelObjectives(buckets)
        .register(registry);
  }

  /** All numbers in Prometheus's text format. */
  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
