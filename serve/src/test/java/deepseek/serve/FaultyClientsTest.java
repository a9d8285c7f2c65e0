package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.models.generate.EngineConfig;
import deepseek.models.generate.EngineStats;
import deepseek.serve.http.Limits;
import deepseek.serve.shelf.Loaded;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that go, dawdle, send too much or come all at once. */
class FaultyClientsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final int MANY = 1500;
  private static final int CHOICES = 8;
  private static final int QUEUE = 16;

  private TestServer server;

  @BeforeEach
  void open() {
    Limits limits = Limits.defaults().withPatience(Duration.ofMillis(20)).withBodyBytes(1 << 20);
    server =
        TestServer.open(
            TestServer.config(
                    TestServer.tiny(
                        EngineConfig.defaults().withMaxSequences(8).withMaxQueued(QUEUE)))
                .withLimits(limits));
    server.server().shelf().borrow("tiny", Loaded.Text.class).close();
  }

  @AfterEach
  void close() throws Exception {
    server.assertQuiet();
    server.close();
  }

  private Socket send(String body) throws IOException {
    return send(server, body);
  }

  private static Socket send(TestServer server, String body) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    byte[] bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    String head =
        "POST "
            + CHAT
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return socket;
  }

  /** Answers that end only at their limit, so that fewer tokens tell of an end before. */
  private static String endless(String more) {
    return TestServer.chat(
        "'n': %d, 'max_tokens': %d, 'guided_regex': '[a-z]{%d}'%s"
            .formatted(CHOICES, MANY, 3 * MANY, more));
  }

  @ParameterizedTest
  @ValueSource(strings = {", 'stream': true", ""})
  void aClientThatGoesEndsItsAnswers(String more) throws Exception {
    long before = server.stats().generatedTokens();
    try (Socket socket = send(endless(more))) {
      byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      assertThat(new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
      socket.setSoLinger(true, 0);
    }
    server.assertQuiet();
    assertThat(server.stats().generatedTokens() - before)
        .as("tokens for nobody")
        .isLessThan((long) CHOICES * MANY);
  }

  /**
   * By HTTP/2 they share a connection. Helidon 4.5 doesn't tell that a stream was given up, so that
   * its answer runs to its end.
   */
  @Test
  void aStreamThatIsGivenUpEndsNoOther() throws Exception {
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      client.send(
          HttpRequest.newBuilder(server.uri("/v1/models")).build(),
          HttpResponse.BodyHandlers.ofString()); // from here on by HTTP/2
      String body = TestServer.chat("'max_tokens': 300, 'stream': true").replace('\'', '"');
      HttpRequest other =
          HttpRequest.newBuilder(server.uri(CHAT))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      HttpRequest request =
          HttpRequest.newBuilder(server.uri(CHAT))
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      endless(", 'stream': true").replace('\'', '"')))
              .build();
      HttpResponse<InputStream> given =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      assertThat(given.version()).isEqualTo(HttpClient.Version.HTTP_2);
      CompletableFuture<HttpResponse<String>> kept =
          client.sendAsync(other, HttpResponse.BodyHandlers.ofString());
      assertThat(given.body().readNBytes(100)).hasSize(100);
      given.body().close();
      assertThat(kept.get().body()).endsWith("data: [DONE]\n\n");
    }
  }

  /** Its status can't say so any more, but no client takes it for an answer. */
  @Test
  void aReplyThatFailsAfterItHasBegunIsBrokenOff() throws Exception {
    Limits limits =
        Limits.defaults().withPatience(Duration.ofMillis(5)).withTime(Duration.ofMillis(60));
    try (TestServer slow =
        TestServer.open(
            TestServer.config(TestServer.tiny(EngineConfig.defaults())).withLimits(limits))) {
      slow.server().shelf().borrow("tiny", Loaded.Text.class).close();
      assertThatThrownBy(() -> slow.post(CHAT, endless(""))).isInstanceOf(IOException.class);
      try (Socket socket = send(slow, endless(""))) {
        socket.setSoTimeout(20_000); // an answer in time would leave the connection open
        String reply = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(reply).startsWith("HTTP/1.1 200").contains("timeout_error");
        assertThat(reply).doesNotEndWith("0\r\n\r\n");
      }
      slow.assertQuiet();
    }
  }

  @Test
  void aClientThatReadsSlowlyGetsAllOfItAndHoldsNobodyUp() throws Exception {
    String body = TestServer.chat("'max_tokens': 40, 'stream': true");
    StringBuilder read = new StringBuilder();
    try (Socket socket = send(body)) {
      socket.setReceiveBufferSize(1);
      InputStream in = socket.getInputStream();
      for (int octet = in.read(); !read.toString().endsWith("[DONE]\n\n"); octet = in.read()) {
        assertThat(octet).isNotNegative();
        read.append((char) octet);
        if (read.length() == 500) {
          assertThat(server.post(CHAT, TestServer.chat("'max_tokens': 5")).status()).isEqualTo(200);
        }
      }
    }
    assertThat(read).contains("\"finish_reason\":\"length\"");
  }

  @Test
  void aClientThatSendsHalfARequestHoldsNobodyUp() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      socket
          .getOutputStream()
          .write(
              ("POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"mo")
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(server.post(CHAT, TestServer.chat("'max_tokens': 5")).status()).isEqualTo(200);
    }
  }

  @Test
  void bodiesOf100MegabytesAreRefused() throws Exception {
    byte[] body = new byte[100 << 20];
    HttpRequest.BodyPublisher[] ways = {
      HttpRequest.BodyPublishers.ofByteArray(body),
      HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
    };
    for (HttpRequest.BodyPublisher way : ways) {
      try {
        TestServer.Reply reply = server.send(HttpRequest.newBuilder(server.uri(CHAT)).POST(way));
        assertThat(reply.status()).isEqualTo(413);
        assertThat(reply.json().at("/error/message").asText()).contains("expected");
      } catch (IOException e) {
        // The server has hung up in the middle of the body; its reply was lost on the way.
        assertThat(e.getMessage()).containsAnyOf("reset", "Broken pipe", "closed", "EOF", "header");
      }
    }
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      String head =
          "POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 413".length());
      assertThat(new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
    }
    assertThat(server.post(CHAT, TestServer.chat("'max_tokens': 5")).status()).isEqualTo(200);
  }

  @Test
  void whatIsMoreThanTheQueueTakesIsToldToComeAgain() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try {
      sockets.add(send(endless("")));
      awaitStats(stats -> stats.running() == CHOICES);
      sockets.add(send(endless("")));
      awaitStats(stats -> stats.waiting() == CHOICES);
      sockets.add(send(endless("")));
      awaitStats(stats -> stats.waiting() == QUEUE);
      for (TestServer.Reply reply : atOnce(10 * CHOICES)) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(429);
        assertThat(Integer.parseInt(reply.header("Retry-After"))).isPositive();
        assertThat(reply.json().at("/error/code").asText()).isEqualTo("queue_full");
      }
    } finally {
      for (Socket socket : sockets) {
        socket.setSoLinger(true, 0);
        socket.close();
      }
    }
  }

  @Test
  void crowdsAreAnsweredOrToldToComeAgain() throws Exception {
    int answered = 0;
    for (TestServer.Reply reply : atOnce(10 * (CHOICES + QUEUE) / 2)) {
      assertThat(reply.status()).as(reply.text()).isIn(200, 429);
      if (reply.status() == 200) {
        answered++;
        assertThat(reply.json().at("/usage/completion_tokens").asInt()).isEqualTo(60);
      }
    }
    assertThat(answered).as("answered").isPositive();
  }

  private List<TestServer.Reply> atOnce(int clients) throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    List<Future<TestServer.Reply>> replies = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < clients; i++) {
        Callable<TestServer.Reply> client =
            () -> {
              start.await();
              return server.post(CHAT, TestServer.chat("'max_tokens': 60"));
            };
        replies.add(threads.submit(client));
      }
      start.countDown();
    }
    List<TestServer.Reply> all = new ArrayList<>();
    for (Future<TestServer.Reply> reply : replies) {
      all.add(reply.get());
    }
    return all;
  }

  private void awaitStats(Predicate<EngineStats> condition) throws InterruptedException {
    while (!condition.test(server.stats())) {
      Thread.sleep(2);
    }
  }

  @Test
  void severalAnswersFitTheQueueOrNoneRuns() throws Exception {
    List<Future<TestServer.Reply>> replies = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        replies.add(
            threads.submit(() -> server.post(CHAT, TestServer.chat("'max_tokens': 300, 'n': 8"))));
      }
    }
    for (Future<TestServer.Reply> reply : replies) {
      assertThat(reply.get().status()).isIn(200, 429);
      if (reply.get().status() == 200) {
        assertThat(reply.get().json().path("choices")).hasSize(8);
      }
    }
  }
}
