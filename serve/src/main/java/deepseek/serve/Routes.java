package deepseek.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import deepseek.serve.answers.House;
import deepseek.serve.dashboard.Dashboard;
import deepseek.serve.http.ApiException;
import deepseek.serve.http.ErrorShape;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Gate;
import deepseek.serve.http.Gate.Door;
import deepseek.serve.http.InFlight;
import deepseek.serve.metrics.ServeMetrics;
import deepseek.serve.ollama.OllamaAnswers;
import deepseek.serve.ollama.OllamaModels;
import deepseek.serve.ollama.OllamaVectors;
import deepseek.serve.openai.ChatCompletions;
import deepseek.serve.openai.Completions;
import deepseek.serve.openai.Embeddings;
import deepseek.serve.openai.ModelList;
import deepseek.serve.openai.Reranking;
import deepseek.serve.openai.Responses;
import deepseek.serve.openai.Tokens;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRouting;
import java.util.List;

/** Which path is answered by what. A path that isn't here needs a key too, to be told so. */
final class Routes {
  private final Gate gate;
  private final InFlight inFlight;
  private final ServeMetrics metrics;
  private final List<Route> routes;
  private final Dashboard dashboard;

  Routes(Gate gate, House house, InFlight inFlight, ServeMetrics metrics, Dashboard dashboard) {
    this.dashboard = dashboard;
    this.gate = gate;
    this.inFlight = inFlight;
    this.metrics = metrics;
    this.routes = routes(house, this::metrics);
  }

  /** A route of the server. */
  record Route(Method method, String path, ErrorShape errors, Gate.Endpoint endpoint) {}

  /** All routes that need a key. */
  List<Route> all() {
    return routes;
  }

  private static List<Route> routes(House house, Gate.Endpoint metrics) {
    ModelList models = new ModelList(house);
    Tokens tokens = new Tokens(house);
    OllamaAnswers answers = new OllamaAnswers(house);
    OllamaModels listed = new OllamaModels(house);
    return List.of(
        openai(Method.POST, "/v1/chat/completions", new ChatCompletions(house)),
        openai(Method.POST, "/v1/completions", new Completions(house)),
        openai(Method.POST, "/v1/responses", new Responses(house)),
        openai(Method.POST, "/v1/embeddings", new Embeddings(house)),
        openai(Method.POST, "/v1/rerank", new Reranking(house)),
        openai(Method.GET, "/v1/models", models::all),
        openai(Method.GET, "/v1/models/{+name}", models::one),
        openai(Method.POST, "/tokenize", tokens::tokenize),
        openai(Method.POST, "/detokenize", tokens::detokenize),
        openai(Method.GET, "/metrics", metrics),
        openai(Method.GET, "/openapi.json", new ApiDescription()),
        ollama(Method.POST, "/api/chat", answers::chat),
        ollama(Method.POST, "/api/generate", answers::generate),
        ollama(Method.POST, "/api/embed", new OllamaVectors(house)),
        ollama(Method.GET, "/api/tags", listed::tags),
        ollama(Method.GET, "/api/ps", listed::running),
        ollama(Method.POST, "/api/show", listed::show),
        ollama(Method.GET, "/api/version", listed::version));
  }

  private static Route ollama(Method method, String path, Gate.Endpoint endpoint) {
    return new Route(method, path, ErrorShape.OLLAMA, endpoint);
  }

  private static Route openai(Method method, String path, Gate.Endpoint endpoint) {
    return new Route(method, path, ErrorShape.OPENAI, endpoint);
  }

  void addTo(HttpRouting.Builder routing) {
    for (Route route : routes) {
      routing.route(
          route.method(), route.path(), gate.route(Door.KEY, route.errors(), route.endpoint()));
    }
    for (String path : List.of("/health", "/health/live")) {
      routing.get(path, gate.route(Door.OPEN, ErrorShape.OPENAI, Routes::live));
    }
    routing.get("/health/ready", gate.route(Door.OPEN, ErrorShape.OPENAI, this::ready));
    dashboard
        .routes()
        .forEach(
            (path, page) -> routing.get(path, gate.route(Door.WATCH, ErrorShape.OPENAI, page)));
    routing.options("/*", gate.route(Door.OPEN, ErrorShape.OPENAI, Routes::preflight));
    routing.any("/api/*", gate.route(Door.KEY, ErrorShape.OLLAMA, this::unknown));
    routing.any("/*", gate.route(Door.KEY, ErrorShape.OPENAI, this::unknown));
  }

  private static void live(Exchange exchange) {
    exchange.reply(JsonNodeFactory.instance.objectNode().put("status", "ok"));
  }

  private void ready(Exchange exchange) {
    boolean isClosing = inFlight.isClosing();
    exchange.reply(
        isClosing ? 503 : 200,
        "application/json",
        JsonNodeFactory.instance
            .objectNode()
            .put("status", isClosing ? "closing" : "ready")
            .toString());
  }

  private static void preflight(Exchange exchange) {
    exchange.reply(204, "text/plain", "");
  }

  private void metrics(Exchange exchange) {
    exchange.reply(200, "text/plain; version=0.0.4; charset=utf-8", metrics.scrape());
  }

  private void unknown(Exchange exchange) {
    boolean isKnown = routes.stream().anyMatch(route -> exchange.path().equals(route.path()));
    throw ApiException.of(
        isKnown ? ApiException.Kind.WRONG_METHOD : ApiException.Kind.NOT_FOUND,
        "answer " + exchange.route(),
        isKnown ? "the method of this route" : "one of the server's routes",
        "another",
        "see /openapi.json");
  }
}
