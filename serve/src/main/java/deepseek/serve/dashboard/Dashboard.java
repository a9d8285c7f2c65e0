package deepseek.serve.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.generate.EngineConfig;
import deepseek.models.generate.EngineStats;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Gate;
import deepseek.serve.shelf.ModelShelf;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The page and what it asks for. */
public final class Dashboard {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String JSON_TYPE = "application/json";
  private static final int MOST_POINTS = 360;

  private final Monitor monitor;

  /** Shows what {@code monitor} has seen. */
  public Dashboard(Monitor monitor) {
    this.monitor = monitor;
  }

  /** What answers which path. */
  public Map<String, Gate.Endpoint> routes() {
    Map<String, Gate.Endpoint> routes = new LinkedHashMap<>();
    routes.put("/", exchange -> exchange.redirect("dashboard"));
    routes.put("/dashboard", file("index.html", "text/html; charset=utf-8"));
    routes.put("/dashboard/app.js", file("app.js", "text/javascript; charset=utf-8"));
    routes.put("/dashboard/charts.js", file("charts.js", "text/javascript; charset=utf-8"));
    routes.put("/dashboard/style.css", file("style.css", "text/css; charset=utf-8"));
    routes.put("/dashboard/icon.svg", file("icon.svg", "image/svg+xml"));
    routes.put("/dashboard/now", exchange -> exchange.reply(200, JSON_TYPE, now().toString()));
    for (Range range : Range.values()) {
      routes.put(
          "/dashboard/history/" + range.name().toLowerCase(Locale.ROOT),
          exchange -> exchange.reply(200, JSON_TYPE, history(range).toString()));
    }
    return routes;
  }

  /** How far back, in minutes. */
  private enum Range {
    HOUR(60),
    DAY(24 * 60),
    WEEK(7 * 24 * 60),
    MONTH(30 * 24 * 60);

    private final int minutes;

    Range(int minutes) {
      this.minutes = minutes;
    }
  }

  private static Gate.Endpoint file(String name, String type) {
    String text = read(name);
    return exchange -> show(exchange, type, text);
  }

  /** Nothing from elsewhere, and in no other page's frame. */
  private static void show(Exchange exchange, String type, String text) {
    exchange.answerHeader(
        "Content-Security-Policy",
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    exchange.answerHeader("X-Content-Type-Options", "nosniff");
    exchange.answerHeader("Cache-Control", "no-cache");
    exchange.reply(200, type, text);
  }

  private static String read(String name) {
    try (InputStream in = Dashboard.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ObjectNode now() {
    ObjectNode json = JSON.objectNode().put("time", Instant.now().toEpochMilli());
    ArrayNode models = json.putArray("models");
    monitor.models().forEach((state, stats) -> models.add(model(state, stats)));
    json.set("usage", usage(monitor.usage()));
    ArrayNode seconds = json.putArray("seconds");
    monitor.seconds().forEach(second -> seconds.add(second(second)));
    Collection<Answered> lately = monitor.lately();
    json.put("requests_lately", lately.size())
        .put("errors_lately", lately.stream().filter(Answered::isError).count());
    ObjectNode latency = json.putObject("latency_ms");
    latency.set("first_token", percentiles(lately, Answered::firstMillis));
    latency.set("each_token", percentiles(lately, Answered::eachMillis));
    latency.set("whole", percentiles(lately, a -> Optional.of(a.millis())));
    ArrayNode requests = json.putArray("requests");
    monitor.newest().forEach(request -> requests.add(request(request)));
    return json;
  }

  private static ObjectNode model(ModelShelf.State state, Optional<EngineStats> stats) {
    ObjectNode json =
        JSON.objectNode()
            .put("name", state.served().name())
            .put("task", state.served().task().name().toLowerCase(Locale.ROOT))
            .put("open", state.isOpen())
            .put("failed", state.hasFailed())
            .put("weight_bytes", state.bytes());
    stats.ifPresent(
        s ->
            json.put("running", s.running())
                .put("waiting", s.waiting())
                .put("cache_bytes", s.cacheBytes())
                .put("cache_limit", s.cacheLimit())
                .put("kept_sequences", s.keptSequences())
                .put("prompt_tokens", s.promptTokens())
                .put("cached_prompt_tokens", s.cachedPromptTokens())
                .put("generated_tokens", s.generatedTokens())
                .put("preemptions", s.preemptions())
                .put("guessed_tokens", s.guessedTokens())
                .put("accepted_tokens", s.acceptedTokens())
                .put(
                    "sequences_per_step",
                    s.steps() == 0 ? 0 : (double) s.steppedSequences() / s.steps())
                .put("most_sequences", EngineConfig.MOST_SEQUENCES));
    return json;
  }

  private static ObjectNode usage(Usage usage) {
    return JSON.objectNode()
        .put("heap_bytes", usage.heapBytes())
        .put("heap_limit", usage.heapLimit())
        .put("weight_bytes", usage.weightBytes())
        .put("cache_bytes", usage.cacheBytes())
        .put("resident_bytes", usage.residentBytes())
        .put("cores", usage.cores());
  }

  private static ArrayNode second(Second s) {
    return JSON.arrayNode()
        .add(s.epochSecond())
        .add(s.newTokens())
        .add(s.promptTokens())
        .add(s.running())
        .add(s.waiting())
        .add(number(s.occupancy()))
        .add(number(s.cpu()));
  }

  private static ObjectNode percentiles(
      Collection<Answered> all, Function<Answered, Optional<Double>> millis) {
    Percentiles p = Percentiles.of(all.stream().flatMap(a -> millis.apply(a).stream()).toList());
    ObjectNode json = JSON.objectNode();
    json.set("p50", number(p.p50()));
    json.set("p95", number(p.p95()));
    json.set("p99", number(p.p99()));
    return json;
  }

  private static ObjectNode request(Answered a) {
    ObjectNode json =
        JSON.objectNode()
            .put("time", a.at().toEpochMilli())
            .put("id", a.id())
            .put("route", a.route())
            .put("status", a.status())
            .put("prompt_tokens", a.promptTokens())
            .put("new_tokens", a.newTokens())
            .put("ms", a.millis());
    a.model().ifPresent(name -> json.put("model", name));
    a.firstMillis().ifPresent(ms -> json.put("first_ms", ms));
    a.finish().ifPresent(reason -> json.put("finish", reason));
    return json;
  }

  /** At most so many points, each the mean or the most of some minutes. */
  private ArrayNode history(Range range) {
    long now = Instant.now().getEpochSecond() / 60;
    int each = Math.ceilDiv(range.minutes, MOST_POINTS);
    Map<Long, Points> points = new LinkedHashMap<>();
    for (Minute minute : monitor.history().since(now - range.minutes)) {
      points.computeIfAbsent(minute.epochMinute() / each * each, at -> new Points()).add(minute);
    }
    ArrayNode json = JSON.arrayNode();
    points.forEach((at, point) -> json.add(point.json(at)));
    return json;
  }

  /** Minutes that are shown as one point. */
  private static final class Points {
    private int count;
    private double newTokens;
    private int requests;
    private int errors;
    private double first = Double.NaN;
    private double each = Double.NaN;
    private double running;
    private int waiting;
    private double cpu;
    private long cache;
    private long resident;

    void add(Minute m) {
      count++;
      newTokens += m.newTokens();
      requests += m.requests();
      errors += m.errors();
      first = most(first, m.firstMillis());
      each = most(each, m.eachMillis());
      running += m.running();
      waiting = Math.max(waiting, m.waiting());
      cpu += m.cpu();
      cache = Math.max(cache, m.cacheBytes());
      resident = Math.max(resident, m.residentBytes());
    }

    private static double most(double one, double other) {
      return Double.isNaN(one) ? other : Double.isNaN(other) ? one : Math.max(one, other);
    }

    ObjectNode json(long epochMinute) {
      ObjectNode json =
          JSON.objectNode()
              .put("time", epochMinute * 60_000)
              .put("new_tokens", newTokens / count)
              .put("requests", requests)
              .put("errors", errors)
              .put("running", running / count)
              .put("waiting", waiting)
              .put("cpu", cpu / count)
              .put("cache_bytes", cache)
              .put("resident_bytes", resident);
      json.set("first_ms", number(first));
      json.set("each_ms", number(each));
      return json;
    }
  }

  /** JSON has no NaN. */
  private static JsonNode number(double value) {
    return Double.isFinite(value) ? JSON.numberNode(value) : JSON.nullNode();
  }
}
