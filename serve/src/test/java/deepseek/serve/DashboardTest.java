package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.serve.http.ApiKeys;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What the dashboard's page is made of; how it looks in a browser is tested behind a profile. */
class DashboardTest {
  private static final String KEY = "a-key-of-this-test";
  private static final List<String> FILES =
      List.of(
          "/dashboard",
          "/dashboard/app.js",
          "/dashboard/charts.js",
          "/dashboard/style.css",
          "/dashboard/icon.svg");

  private static String basic(String password) {
    byte[] pair = ("me:" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  @Test
  void thePageNeedsNothingFromElsewhere() throws Exception {
    try (TestServer server = TestServer.open()) {
      assertThat(server.get("/").header("Location")).isEqualTo("dashboard");
      for (String file : FILES) {
        TestServer.Reply reply = server.get(file);
        assertThat(reply.status()).as(file).isEqualTo(200);
        assertThat(reply.header("Content-Security-Policy")).as(file).contains("default-src 'self'");
        assertThat(reply.text().replace("http://www.w3.org/2000/svg", ""))
            .as(file)
            .doesNotContain("http:", "https:", "//cdn");
      }
    }
  }

  @Test
  void itSeesRequestsWithoutTheirTexts() throws Exception {
    try (TestServer server = TestServer.open()) {
      server.post("/v1/chat/completions", TestServer.chat("'max_tokens': 7"));
      server.post("/v1/chat/completions", TestServer.chat("'max_tokens': -1"));
      JsonNode now = server.get("/dashboard/now").json();
      assertThat(now.get("requests")).hasSize(2);
      JsonNode refused = now.get("requests").get(0);
      JsonNode answered = now.get("requests").get(1);
      assertThat(refused.get("status").asInt()).isEqualTo(400);
      assertThat(answered.get("model").asText()).isEqualTo("tiny");
      assertThat(answered.get("new_tokens").asInt()).isEqualTo(7);
      assertThat(answered.get("first_ms").asDouble()).isPositive();
      assertThat(now.get("errors_lately").asInt()).isEqualTo(1);
      assertThat(now.path("latency_ms").path("first_token").path("p95").asDouble()).isPositive();
      assertThat(now.toString()).doesNotContain("the sky");
      JsonNode model = now.get("models").get(0);
      assertThat(model.get("name").asText()).isEqualTo("tiny");
      assertThat(model.get("task").asText()).isEqualTo("text");
      assertThat(model.get("generated_tokens").asInt()).isEqualTo(8);
      assertThat(now.path("usage").path("heap_bytes").asLong()).isPositive();
      assertThat(now.path("usage").path("weight_bytes").asLong()).isPositive();
    }
  }

  /** The second after an answer shows its tokens. */
  @Test
  void itCountsSecondBySecond() throws Exception {
    try (TestServer server = TestServer.open()) {
      server.post("/v1/chat/completions", TestServer.chat("'max_tokens': 9"));
      long tokens = 0;
      for (int i = 0; i < 100 && tokens == 0; i++) {
        LockSupport.parkNanos(100_000_000);
        tokens = 0;
        for (JsonNode second : server.get("/dashboard/now").json().get("seconds")) {
          tokens += second.get(1).asLong();
        }
      }
      assertThat(tokens).as("with the one that warms up").isEqualTo(10);
      for (String range : List.of("hour", "day", "week", "month")) {
        assertThat(server.get("/dashboard/history/" + range).json().isArray()).isTrue();
      }
    }
  }

  @Test
  void aBrowserIsAskedForTheKey() throws Exception {
    try (TestServer server = TestServer.with(c -> c.withKeys(ApiKeys.of(List.of(KEY))))) {
      TestServer.Reply closed = server.get("/dashboard");
      assertThat(closed.status()).isEqualTo(401);
      assertThat(closed.header("WWW-Authenticate")).startsWith("Basic ");
      for (String path : List.of("/dashboard/now", "/dashboard/history/day", "/", "/v1/models")) {
        assertThat(server.get(path).status()).as(path).isEqualTo(401);
        assertThat(server.get(path, "Authorization", basic("another one")).status()).isEqualTo(401);
        assertThat(server.get(path, "Authorization", "Basic %%%").status()).isEqualTo(401);
        assertThat(server.get(path, "Authorization", basic(KEY)).status()).isLessThan(400);
        assertThat(server.get(path, "Authorization", "Bearer " + KEY).status()).isLessThan(400);
      }
      String chat = TestServer.chat("'max_tokens': 1");
      assertThat(post(server, chat, "same-origin")).isEqualTo(200);
      assertThat(post(server, chat, "cross-site")).as("another site's page").isEqualTo(401);
    }
  }

  private static int post(TestServer server, String body, String site) throws Exception {
    return server
        .post("/v1/chat/completions", body, "Authorization", basic(KEY), "Sec-Fetch-Site", site)
        .status();
  }
}
