package deepseek.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import deepseek.bench.BenchException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoadTestTest {
  private static final LoadPlan.Range FEW = new LoadPlan.Range(3, 9);

  private final AtomicInteger atOnce = new AtomicInteger();
  private final AtomicInteger mostAtOnce = new AtomicInteger();
  private HttpServer server;
  private ExecutorService threads;

  /** Refuses every prompt with the word "down", and answers all others with a token a part. */
  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    server.createContext("/v1/completions", this::answer);
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
    threads.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
    JsonNode request = new ObjectMapper().readTree(exchange.getRequestBody());
    boolean refused = request.get("prompt").asText().contains("down");
    int tokens = request.get("max_tokens").asInt();
    // Before the last byte, so that the next request can't come first.
    try (OutputStream body = exchange.getResponseBody()) {
      exchange.sendResponseHeaders(refused ? 429 : 200, refused ? -1 : 0);
      for (int i = 0; !refused && i < tokens; i++) {
        write(body, "{\"choices\":[{\"text\":\"a\",\"finish_reason\":null}]}");
      }
      atOnce.decrementAndGet();
      if (!refused) {
        write(body, "{\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}]}");
        write(
            body,
            "{\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":"
                + tokens
                + "}}");
        write(body, "[DONE]");
      }
    }
  }

  private static void write(OutputStream body, String event) throws IOException {
    body.write(("data: " + event + "\n\n").getBytes(StandardCharsets.UTF_8));
    body.flush();
  }

  private LoadResult run(LoadPlan plan) {
    URI base = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    return new LoadTest(base, "m", Optional.empty()).run(plan, done -> {});
  }

  @Test
  void answersAndRefusalsAreCounted() {
    LoadPlan plan =
        new LoadPlan(
            60, OptionalDouble.empty(), OptionalInt.of(4), FEW, new LoadPlan.Range(1, 5), 8);
    List<LoadPlan.Request> requests = plan.all();
    long refused = requests.stream().filter(r -> r.prompt().contains("down")).count();
    assertThat(refused).isBetween(1L, 30L);
    LoadResult result = run(plan);
    assertThat(result.errors()).isEqualTo(Map.of("status 429", (int) refused));
    assertThat(result.answered()).isEqualTo((int) (60 - refused));
    assertThat(result.promptTokens()).isEqualTo(7L * result.answered());
    assertThat(result.answerTokens())
        .isEqualTo(
            requests.stream()
                .filter(r -> !r.prompt().contains("down"))
                .mapToLong(LoadPlan.Request::answerTokens)
                .sum());
    assertThat(mostAtOnce.get()).isBetween(1, 4);
    assertThat(result.firstToken().p50()).isPositive().isLessThanOrEqualTo(result.whole().most());
    assertThat(result.json().path("errors").path("status 429").asInt()).isEqualTo((int) refused);
  }

  @Test
  void arrivalsAreRandomAtTheRateAndTheSameForASeed() {
    LoadPlan plan = new LoadPlan(4000, OptionalDouble.of(50), OptionalInt.empty(), FEW, FEW, 3);
    List<LoadPlan.Request> requests = plan.all();
    assertThat(requests).isEqualTo(plan.all());
    assertThat(requests.getLast().atNanos() / 1e9).isCloseTo(80, within(5.0));
    double[] gaps = new double[requests.size() - 1];
    for (int i = 0; i < gaps.length; i++) {
      gaps[i] = (requests.get(i + 1).atNanos() - requests.get(i).atNanos()) / 1e9;
      assertThat(requests.get(i).prompt().split(" ")).hasSizeBetween(3, 9);
    }
    // Of an exponential distribution, the median is ln 2 of the mean.
    assertThat(LoadResult.Percentiles.of(gaps).p50()).isCloseTo(0.0139, within(0.002));
  }

  @Test
  void percentilesAreTheLeastThatEnoughAreNotAbove() {
    double[] values = {5, 1, 4, 2, 3, 6, 10, 9, 8, 7};
    assertThat(LoadResult.Percentiles.of(values))
        .isEqualTo(new LoadResult.Percentiles(5, 10, 10, 10));
    assertThat(LoadResult.Percentiles.of(new double[0]))
        .isEqualTo(new LoadResult.Percentiles(0, 0, 0, 0));
  }

  @Test
  void aServerThatIsNotThereIsAnErrorOfEachRequest() {
    server.stop(0);
    LoadResult result =
        run(new LoadPlan(3, OptionalDouble.of(1000), OptionalInt.empty(), FEW, FEW, 1));
    assertThat(result.answered()).isZero();
    assertThat(result.errors().values()).containsExactly(3);
  }

  @Test
  void plansThatCannotBeAreRefused() {
    assertThatThrownBy(() -> LoadPlan.Range.parse("9-3")).isInstanceOf(BenchException.class);
    assertThatThrownBy(() -> LoadPlan.Range.parse("few")).hasMessageContaining("as in 32-512");
    assertThat(LoadPlan.Range.parse("7")).isEqualTo(new LoadPlan.Range(7, 7));
    assertThatThrownBy(() -> new LoadPlan(1, OptionalDouble.of(1), OptionalInt.of(1), FEW, FEW, 1))
        .hasMessageContaining("a rate or a number of clients");
  }
}
