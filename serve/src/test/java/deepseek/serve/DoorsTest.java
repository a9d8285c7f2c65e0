package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.serve.http.AccessLog;
import deepseek.serve.http.ApiKeys;
import deepseek.serve.http.RateLimit;
import deepseek.serve.shelf.Loaded;
import java.io.ByteArrayInputStream;
import java.io.StringWriter;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may come in, how, and how the server closes. */
class DoorsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String KEY = "a-key-of-this-test";

  private static String chat(int tokens, String more) {
    return TestServer.chat("'max_tokens': " + tokens + more);
  }

  @Test
  void withoutItsKeyNoRouteOpensButHealth() throws Exception {
    try (TestServer server = TestServer.with(c -> c.withKeys(ApiKeys.of(List.of(KEY))))) {
      List<Routes.Route> routes = server.server().routes();
      assertThat(routes).hasSizeGreaterThan(15);
      for (Routes.Route route : routes) {
        String path = route.path().replace("{+name}", "tiny");
        boolean isGet = route.method().text().equals("GET");
        for (String[] headers :
            new String[][] {{}, {"Authorization", "Bearer another"}, {"Authorization", KEY}}) {
          TestServer.Reply reply =
              isGet ? server.get(path, headers) : server.post(path, "{}", headers);
          assertThat(reply.status()).as(path).isEqualTo(401);
          assertThat(reply.text()).as(path).doesNotContain("tiny");
        }
      }
      assertThat(server.get("/nothing").status()).isEqualTo(401);
      assertThat(server.get("/api/nothing").status()).isEqualTo(401);
      for (String path : List.of("/health", "/health/live", "/health/ready")) {
        assertThat(server.get(path).status()).as(path).isEqualTo(200);
      }
      for (String[] header :
          new String[][] {{"Authorization", "Bearer " + KEY}, {"X-Api-Key", KEY}}) {
        assertThat(server.post(CHAT, chat(1, ""), header).status()).isEqualTo(200);
      }
    }
  }

  @Test
  void clientsThatComeTooOftenAreToldWhenToComeAgain() throws Exception {
    try (TestServer server = TestServer.with(c -> c.withRate(new RateLimit(0.5, 2)))) {
      assertThat(server.get("/v1/models").status()).isEqualTo(200);
      assertThat(server.get("/v1/models").status()).isEqualTo(200);
      TestServer.Reply refused = server.get("/v1/models");
      assertThat(refused.status()).isEqualTo(429);
      assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(100, 120);
      assertThat(refused.json().at("/error/code").asText()).isEqualTo("rate_limit_exceeded");
      assertThat(server.get("/health/live").status()).isEqualTo(200);
    }
  }

  @Test
  void pagesOfOtherOriginsAreToldWhatTheyMay() throws Exception {
    String origin = "https://app.example";
    try (TestServer server = TestServer.with(c -> c.withOrigins(List.of(origin)))) {
      TestServer.Reply preflight =
          server.send(
              HttpRequest.newBuilder(server.uri(CHAT))
                  .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                  .header("Access-Control-Request-Method", "POST"),
              "Origin",
              origin);
      assertThat(preflight.status()).isEqualTo(204);
      assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(origin);
      assertThat(preflight.header("Access-Control-Allow-Headers")).contains("Authorization");
      assertThat(server.get("/v1/models", "Origin", origin).header("Access-Control-Allow-Origin"))
          .isEqualTo(origin);
      TestServer.Reply evil = server.get("/v1/models", "Origin", "https://evil.example");
      assertThat(evil.status()).isEqualTo(403);
      assertThat(evil.header("Access-Control-Allow-Origin")).isEmpty();
      assertThat(server.get("/v1/models", "Origin", "null").status()).isEqualTo(403);
      String own = "http://127.0.0.1:" + server.port();
      assertThat(server.get("/v1/models", "Origin", own).status()).isEqualTo(200);
    }
  }

  /** A page can give a name of its own this machine's address. */
  @Test
  void aLocalServerIsCalledByLocalNamesOrAsksForKeys() throws Exception {
    for (boolean hasKeys : new boolean[] {false, true}) {
      ApiKeys keys = hasKeys ? ApiKeys.of(List.of(KEY)) : ApiKeys.none();
      try (TestServer server = TestServer.with(c -> c.withKeys(keys))) {
        assertThat(statusFor(server, "evil.example")).isEqualTo(hasKeys ? 200 : 403);
        assertThat(statusFor(server, "localhost")).isEqualTo(200);
        assertThat(statusFor(server, "[::1]:" + server.port())).isEqualTo(200);
      }
    }
  }

  /** Java's client lets nobody choose the Host header. */
  private static int statusFor(TestServer server, String host) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      String request =
          "GET /v1/models HTTP/1.1\r\nHost: %s\r\nX-Api-Key: %s\r\n\r\n".formatted(host, KEY);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      byte[] line = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      return Integer.parseInt(new String(line, StandardCharsets.US_ASCII).substring(9));
    }
  }

  @Test
  void requestsKeepTheirNamesAndTheLogHasNoPrompts() throws Exception {
    StringWriter log = new StringWriter();
    String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    try (TestServer server =
        TestServer.with(c -> c.withLog(new AccessLog(log, AccessLog.Texts.LEFT_OUT)))) {
      TestServer.Reply reply =
          server.post(CHAT, chat(3, ""), "X-Request-Id", "mine-1", "traceparent", trace);
      assertThat(reply.header("X-Request-Id")).isEqualTo("mine-1");
      assertThat(reply.header("traceparent")).isEqualTo(trace);
      assertThat(server.get("/v1/models", "X-Request-Id", "not an id!").header("X-Request-Id"))
          .startsWith("req_");
    }
    JsonNode line = TestServer.JSON.readTree(log.toString().lines().findFirst().orElseThrow());
    assertThat(line.path("request").asText()).isEqualTo("mine-1");
    assertThat(line.path("traceparent").asText()).isEqualTo(trace);
    assertThat(line.path("route").asText()).isEqualTo("POST " + CHAT);
    assertThat(line.path("status").asInt()).isEqualTo(200);
    assertThat(line.path("model").asText()).isEqualTo("tiny");
    assertThat(line.path("new_tokens").asInt()).isEqualTo(3);
    assertThat(line.path("finish").asText()).isEqualTo("length");
    assertThat(log.toString()).doesNotContain("the sky");
  }

  @Test
  void promptsAreLoggedWhereThatIsWanted() throws Exception {
    StringWriter log = new StringWriter();
    try (TestServer server =
        TestServer.with(c -> c.withLog(new AccessLog(log, AccessLog.Texts.LOGGED)))) {
      server.post(CHAT, chat(1, ""));
    }
    assertThat(log.toString()).contains("\"prompt\":\"the sky\"");
  }

  /** The JDK's client asks to go on by HTTP/2 unless told otherwise, at first beside a body. */
  @ParameterizedTest
  @ValueSource(strings = {"HTTP_1_1", "HTTP_2"})
  void bothVersionsOfHttpAreSpoken(HttpClient.Version version) throws Exception {
    try (TestServer server = TestServer.open();
        HttpClient client = HttpClient.newBuilder().version(version).build()) {
      assertStreams(server, client);
      HttpResponse<String> models =
          client.send(
              HttpRequest.newBuilder(server.uri("/v1/models")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(models.version()).isEqualTo(version);
      assertThat(assertStreams(server, client).version()).isEqualTo(version);
    }
  }

  private static HttpResponse<String> assertStreams(TestServer server, HttpClient client)
      throws Exception {
    HttpResponse<String> reply =
        client.send(
            HttpRequest.newBuilder(server.uri(CHAT))
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        chat(4, ", 'stream': true").replace('\'', '"')))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(reply.statusCode()).isEqualTo(200);
    assertThat(reply.body()).endsWith("data: [DONE]\n\n");
    return reply;
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP_1_1", "HTTP_2"})
  void eventsStreamByHttpsToo(HttpClient.Version version, @TempDir Path folder) throws Exception {
    TlsFiles files = SelfSigned.in(folder);
    try (TestServer server = TestServer.with(c -> c.withTls(files));
        HttpClient client =
            HttpClient.newBuilder().version(version).sslContext(trusting(files)).build()) {
      HttpResponse<Stream<String>> reply =
          client.send(
              HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + CHAT))
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          chat(40, ", 'stream': true").replace('\'', '"')))
                  .build(),
              HttpResponse.BodyHandlers.ofLines());
      assertThat(reply.version()).isEqualTo(version);
      List<String> lines = reply.body().filter(line -> !line.isEmpty()).toList();
      assertThat(lines).hasSizeGreaterThan(20);
      assertThat(lines.getLast()).isEqualTo("data: [DONE]");
    }
  }

  private static SSLContext trusting(TlsFiles files) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    Certificate certificate =
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(files.certificate())));
    store.setCertificateEntry("server", certificate);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  @Test
  void certificatesThatAreNoneAreNamed(@TempDir Path folder) throws Exception {
    Path text = Files.writeString(folder.resolve("text.pem"), "no certificate");
    TlsFiles files = SelfSigned.in(folder);
    for (TlsFiles wrong :
        new TlsFiles[] {
          new TlsFiles(text, files.key()),
          new TlsFiles(files.certificate(), text),
          new TlsFiles(folder.resolve("missing"), files.key())
        }) {
      assertThatThrownBy(() -> TestServer.with(c -> c.withTls(wrong)))
          .isInstanceOf(ServeException.class)
          .hasMessageContaining(folder.toString());
    }
  }

  @Test
  void anAddressThatIsTakenIsNamed() throws Exception {
    try (TestServer server = TestServer.open()) {
      assertThatThrownBy(() -> TestServer.with(c -> c.withAddress("127.0.0.1", server.port())))
          .isInstanceOf(ServeException.class)
          .hasMessageContaining("127.0.0.1:" + server.port());
    }
  }

  private static CompletableFuture<TestServer.Reply> later(TestServer server, String body) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return server.post(CHAT, body);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static void awaitRunning(TestServer server, int count) throws Exception {
    while (server.stats().running() < count) {
      Thread.sleep(5);
    }
  }

  @Test
  void aServerThatClosesLetsAnswersEnd() throws Exception {
    try (TestServer server = TestServer.open()) {
      server.post(CHAT, chat(1, ""));
      String body = chat(400, ", 'stream': true, 'guided_regex': '[a-z]{900}'");
      CompletableFuture<TestServer.Reply> running = later(server, body);
      awaitRunning(server, 1);
      CompletableFuture<Boolean> drained =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return server.server().drain(Duration.ofSeconds(60));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      while (server.get("/health/ready").status() == 200) {
        Thread.sleep(5);
      }
      TestServer.Reply refused = server.get("/v1/models");
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Retry-After")).isNotEmpty();
      assertThat(server.get("/health/live").status()).isEqualTo(200);
      assertThat(running.get().text())
          .contains("\"finish_reason\":\"length\"")
          .endsWith("[DONE]\n\n");
      assertThat(drained.get()).isTrue();
    }
  }

  @Test
  void aServerThatCannotWaitEndsAnswersWithAnError() throws Exception {
    CompletableFuture<TestServer.Reply> whole;
    CompletableFuture<TestServer.Reply> stream;
    try (TestServer server = TestServer.open()) {
      server.post(CHAT, chat(1, ""));
      String form = ", 'n': 4, 'guided_regex': '[a-z]{6000}'";
      whole = later(server, chat(2000, form));
      stream = later(server, chat(2000, form + ", 'stream': true"));
      awaitRunning(server, 8);
      assertThat(server.server().drain(Duration.ZERO)).isFalse();
      server.server().close();
      assertThat(whole.get().status()).isEqualTo(503);
      assertThat(whole.get().json().at("/error/message").asText()).contains("closing");
      List<JsonNode> events = stream.get().events();
      assertThat(events.getLast().at("/error/message").asText()).contains("closing");
      assertThat(stream.get().text()).doesNotContain("[DONE]");
    }
  }

  @Test
  void answersThatTakeTooLongEndWithAnError() throws Exception {
    try (TestServer server =
        TestServer.with(c -> c.withLimits(c.limits().withTime(Duration.ofMillis(300))))) {
      server.server().shelf().borrow("tiny", Loaded.class).close();
      String body = chat(2000, ", 'n': 8, 'guided_regex': '[a-z]{6000}'");
      TestServer.Reply reply = server.post(CHAT, body);
      assertThat(reply.status()).as(reply.text()).isEqualTo(504);
      assertThat(reply.json().at("/error/type").asText()).isEqualTo("timeout_error");
      server.assertQuiet();
    }
  }

  @Test
  void limitsThatLetNothingThroughAreRefused() {
    assertThatThrownBy(() -> TestServer.config().limits().withChoices(0))
        .isInstanceOf(ServeException.class);
    assertThatThrownBy(() -> new RateLimit(0, 1)).isInstanceOf(ServeException.class);
  }
}
