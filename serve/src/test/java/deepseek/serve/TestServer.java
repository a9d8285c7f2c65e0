package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import deepseek.models.ModelOptions;
import deepseek.models.generate.EngineConfig;
import deepseek.models.generate.EngineStats;
import deepseek.serve.shelf.Loaded;
import deepseek.serve.shelf.ServedModel;
import deepseek.serve.shelf.ServedModel.Task;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A server on the loopback interface with the small models of this repository. */
final class TestServer implements AutoCloseable {
  /** Tokens that the model has room for: more than it has learnt, as it babbles anyway. */
  static final int CONTEXT = 2048;

  /** Random weights and a chat template: tools/warm-up/make.py. */
  static final String TINY = "../tools/warm-up/tiny.gguf";

  static final String ENCODER = "../models/src/test/resources/golden/sentence-mean";
  static final String RERANKER = "../models/src/test/resources/golden/reranker-bert";
  static final ObjectMapper JSON = new ObjectMapper();

  private static final long PATIENCE = 20_000_000_000L;

  private final Set<Thread> before;
  private final Server server;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private TestServer(Set<Thread> before, Server server) {
    this.before = before;
    this.server = server;
  }

  /** With nothing of prompts kept, so that a model's cache is empty when it has nothing to do. */
  static ServedModel tiny(EngineConfig engine) {
    return ServedModel.of(TINY, Task.TEXT)
        .withName("tiny")
        .withOptions(
            ModelOptions.defaults().withContextLength(CONTEXT).withEngine(engine.withKeptBytes(0)));
  }

  static ServeConfig config(ServedModel... more) {
    List<ServedModel> models = new ArrayList<>(List.of(more));
    if (models.stream().noneMatch(model -> model.name().equals("tiny"))) {
      models.add(tiny(EngineConfig.defaults()));
    }
    models.add(ServedModel.of(ENCODER, Task.EMBEDDING).withName("mean"));
    models.add(ServedModel.of(RERANKER, Task.RANKING).withName("rank"));
    return ServeConfig.of(models);
  }

  static TestServer open() {
    return open(config());
  }

  static TestServer open(ServeConfig config) {
    return new TestServer(Thread.getAllStackTraces().keySet(), Server.start(config));
  }

  Server server() {
    return server;
  }

  int port() {
    return server.port();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  /** What came back. */
  record Reply(int status, HttpResponse<String> http) {
    String text() {
      return http.body();
    }

    JsonNode json() throws IOException {
      return JSON.readTree(http.body());
    }

    String header(String name) {
      return http.headers().firstValue(name).orElse("");
    }

    /** The JSON of each event but the last, which is [DONE]. */
    List<JsonNode> events() throws IOException {
      List<JsonNode> events = new ArrayList<>();
      for (String line : text().lines().toList()) {
        if (line.startsWith("data: {")) {
          events.add(JSON.readTree(line.substring("data: ".length())));
        }
      }
      return events;
    }

    List<JsonNode> lines() throws IOException {
      List<JsonNode> lines = new ArrayList<>();
      for (String line : text().lines().toList()) {
        lines.add(JSON.readTree(line));
      }
      return lines;
    }
  }

  Reply get(String path, String... headers) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).GET(), headers);
  }

  Reply post(String path, String body, String... headers) throws Exception {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"'))),
        headers);
  }

  Reply send(HttpRequest.Builder request, String... headers) throws Exception {
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<String> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    return new Reply(response.statusCode(), response);
  }

  /** A chat request with more fields, in single quotes. */
  static String chat(String more) {
    return "{'model': 'tiny', 'messages': [{'role': 'user', 'content': 'the sky'}], 'temperature': 0"
        + (more.isEmpty() ? "" : ", " + more)
        + "}";
  }

  EngineStats stats() {
    return server.shelf().peek("tiny", Loaded.Text.class).orElseThrow().model().engine().stats();
  }

  /** Waits until the model has nothing to do, then checks that it kept nothing of what it did. */
  void assertQuiet() throws Exception {
    long end = System.nanoTime() + PATIENCE;
    while ((stats().running() > 0 || stats().waiting() > 0 || !answerThreads().isEmpty())
        && System.nanoTime() < end) {
      LockSupport.parkNanos(10_000_000);
    }
    boolean isAlone = isAlone();
    while (!isAlone && System.nanoTime() < end) {
      LockSupport.parkNanos(10_000_000); // the request before may be on its last lines
      isAlone = isAlone();
    }
    assertThat(isAlone).as("no other request is being answered").isTrue();
    assertThat(stats().running()).as("running").isZero();
    assertThat(stats().waiting()).as("waiting").isZero();
    assertThat(stats().cacheBytes()).as("bytes of keys and values").isZero();
    assertThat(answerThreads()).as("threads of answers").isEmpty();
    assertThat(post("/v1/chat/completions", chat("'max_tokens': 2")).status()).isEqualTo(200);
  }

  private boolean isAlone() throws Exception {
    return get("/metrics").text().contains("deepseek:http_requests_in_flight 1.0");
  }

  /** Threads that read answers, also those that a list of platform threads doesn't have. */
  private static List<String> answerThreads() throws IOException {
    Path folder = Files.createTempDirectory("threads");
    Path file = folder.resolve("dump.txt");
    try {
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
      return Files.readAllLines(file).stream().filter(line -> line.contains("\"answer-")).toList();
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  static TestServer with(UnaryOperator<ServeConfig> change) {
    return open(change.apply(config()));
  }

  /** Closes the server, which must leave no thread behind. */
  @Override
  public void close() {
    http.close();
    server.close();
    long end = System.nanoTime() + PATIENCE;
    while (!newThreads().isEmpty() && System.nanoTime() < end) {
      LockSupport.parkNanos(10_000_000);
    }
    assertThat(newThreads()).as("threads that the server left").isEmpty();
  }

  private Set<String> newThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !before.contains(thread) && thread.isAlive())
        .map(Thread::getName)
        .filter(name -> !isOfTheJvm(name))
        .collect(Collectors.toSet());
  }

  /**
   * Threads that the JDK, libtorch or Helidon keep; Helidon 4.5 leaves a daemon's timer for each
   * server that was started.
   */
  private static boolean isOfTheJvm(String name) {
    return name.startsWith("ForkJoinPool")
        || name.startsWith("VirtualThread-")
        || name.endsWith("Poller")
        || name.startsWith("helidon-")
        || name.startsWith("Common-Cleaner")
        || name.startsWith("Cleaner-")
        || name.startsWith("Keep-Alive-Timer")
        || name.startsWith("process reaper")
        || name.contains("JavaCPP");
  }
}
