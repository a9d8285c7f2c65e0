package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.models.AutoModel;
import deepseek.models.encoder.Reranker;
import deepseek.models.encoder.SentenceEncoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What besides conversations OpenAI's routes answer, and what belongs to a server. */
class OtherRoutesTest {
  private static final List<String> TEXTS = List.of("a cat", "the sky", "an inn");

  private static TestServer server;

  @BeforeAll
  static void open() {
    server = TestServer.open();
  }

  @AfterAll
  static void close() throws Exception {
    server.assertQuiet();
    server.close();
  }

  private static JsonNode posted(String path, String body) throws Exception {
    TestServer.Reply reply = server.post(path, body);
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    return reply.json();
  }

  private static String json(Object value) throws Exception {
    return TestServer.JSON.writeValueAsString(value);
  }

  private static float[] numbers(JsonNode list) {
    float[] numbers = new float[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) list.get(i).asDouble();
    }
    return numbers;
  }

  @Test
  void vectorsAreTheEncoders() throws Exception {
    List<float[]> expected;
    try (SentenceEncoder encoder = AutoModel.encoder(TestServer.ENCODER)) {
      expected = encoder.encode(TEXTS);
    }
    JsonNode asNumbers =
        posted("/v1/embeddings", "{'model': 'mean', 'input': " + json(TEXTS) + "}");
    JsonNode asBase64 =
        posted(
            "/v1/embeddings",
            "{'model': 'mean', 'encoding_format': 'base64', 'input': " + json(TEXTS) + "}");
    JsonNode ollama = posted("/api/embed", "{'model': 'mean', 'input': " + json(TEXTS) + "}");
    for (int i = 0; i < TEXTS.size(); i++) {
      assertThat(numbers(asNumbers.at("/data/" + i + "/embedding"))).isEqualTo(expected.get(i));
      byte[] bytes = Base64.getDecoder().decode(asBase64.at("/data/" + i + "/embedding").asText());
      float[] decoded = new float[bytes.length / Float.BYTES];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(decoded);
      assertThat(decoded).isEqualTo(expected.get(i));
      assertThat(numbers(ollama.at("/embeddings/" + i))).isEqualTo(expected.get(i));
    }
    assertThat(asNumbers.at("/usage/prompt_tokens").asInt()).isGreaterThan(6);
  }

  @Test
  void shortVectorsHaveLengthOne() throws Exception {
    JsonNode vector =
        posted("/v1/embeddings", "{'model': 'mean', 'input': 'a cat', 'dimensions': 4}")
            .at("/data/0/embedding");
    assertThat(vector).hasSize(4);
    double squares = 0;
    for (float number : numbers(vector)) {
      squares += number * number;
    }
    assertThat(squares).isBetween(0.9999, 1.0001);
  }

  @Test
  void textsAreRankedAsTheRerankerDoes() throws Exception {
    List<Reranker.Ranked> expected;
    try (Reranker reranker = AutoModel.reranker(TestServer.RERANKER)) {
      expected = reranker.rank("cats", TEXTS, 2);
    }
    JsonNode results =
        posted(
                "/v1/rerank",
                "{'model': 'rank', 'query': 'cats', 'top_n': 2, 'documents': " + json(TEXTS) + "}")
            .path("results");
    assertThat(results).hasSize(2);
    for (int i = 0; i < 2; i++) {
      assertThat(results.get(i).path("index").asInt()).isEqualTo(expected.get(i).index());
      assertThat((float) results.get(i).path("relevance_score").asDouble())
          .isEqualTo(expected.get(i).score());
      assertThat(results.get(i).at("/document/text").asText()).isEqualTo(expected.get(i).text());
    }
  }

  @Test
  void completionsTakeTextsAndIds() throws Exception {
    JsonNode ids =
        posted("/tokenize", "{'model': 'tiny', 'prompt': 'the sky', 'return_token_strs': true}");
    assertThat(ids.path("count").asInt()).isEqualTo(ids.path("tokens").size());
    assertThat(ids.path("token_strs").toString()).contains("sky");
    String more = ", 'max_tokens': 6, 'temperature': 0}";
    String ofText =
        posted("/v1/completions", "{'model': 'tiny', 'prompt': 'the sky'" + more)
            .at("/choices/0/text")
            .asText();
    String ofIds =
        posted("/v1/completions", "{'model': 'tiny', 'prompt': " + ids.path("tokens") + more)
            .at("/choices/0/text")
            .asText();
    assertThat(ofText).isNotEmpty().isEqualTo(ofIds);
    JsonNode both =
        posted("/v1/completions", "{'model': 'tiny', 'prompt': ['the sky', 'an inn']" + more);
    assertThat(both.at("/choices/0/text").asText()).isEqualTo(ofText);
    assertThat(both.at("/choices/1/index").asInt()).isEqualTo(1);
    assertThat(both.at("/usage/completion_tokens").asInt()).isEqualTo(12);
  }

  @Test
  void completionsStreamWithEchoAndLogProbabilities() throws Exception {
    String body =
        "{'model': 'tiny', 'prompt': 'the sky', 'max_tokens': 6, 'temperature': 0, 'echo': true,"
            + " 'logprobs': 1";
    JsonNode whole = posted("/v1/completions", body + "}");
    String text = whole.at("/choices/0/text").asText();
    assertThat(text).startsWith("the sky");
    JsonNode logs = whole.at("/choices/0/logprobs");
    assertThat(logs.path("tokens")).hasSize(6);
    assertThat(logs.at("/text_offset/0").asInt()).isEqualTo("the sky".length());
    assertThat(logs.at("/top_logprobs/0").size()).isEqualTo(1);
    TestServer.Reply stream = server.post("/v1/completions", body + ", 'stream': true}");
    StringBuilder joined = new StringBuilder();
    List<JsonNode> tokens = new ArrayList<>();
    for (JsonNode event : stream.events()) {
      joined.append(event.at("/choices/0/text").asText(""));
      event.at("/choices/0/logprobs/tokens").forEach(tokens::add);
    }
    assertThat(joined.toString()).isEqualTo(text);
    assertThat(tokens).hasSize(6);
    assertThat(stream.text()).endsWith("data: [DONE]\n\n");
  }

  @Test
  void modelsAreListedWithWhatTheyAreFor() throws Exception {
    posted("/v1/chat/completions", TestServer.chat("'max_tokens': 1"));
    JsonNode data = server.get("/v1/models").json().path("data");
    assertThat(data.findValuesAsText("id")).containsExactly("tiny", "mean", "rank");
    assertThat(data.findValuesAsText("task")).containsExactly("text", "embedding", "ranking");
    JsonNode tiny = server.get("/v1/models/tiny").json();
    assertThat(tiny.path("max_model_len").asInt()).isEqualTo(TestServer.CONTEXT);
    assertThat(tiny.path("loaded").asBoolean()).isTrue();
  }

  @Test
  void metricsCountWhatWasDone() throws Exception {
    String before = server.get("/metrics").text();
    posted("/v1/chat/completions", TestServer.chat("'max_tokens': 7"));
    String after = server.get("/metrics").text();
    String tiny = "{model_name=\"tiny\"} ";
    assertThat(value(after, "generation_tokens_total" + tiny))
        .isEqualTo(value(before, "generation_tokens_total" + tiny) + 7);
    String length = "request_success_total{finished_reason=\"length\",model_name=\"tiny\"} ";
    assertThat(value(after, length)).isEqualTo(value(before, length) + 1);
    for (String name :
        List.of(
            "time_to_first_token_seconds_bucket",
            "inter_token_latency_seconds_bucket",
            "time_per_output_token_seconds_bucket",
            "e2e_request_latency_seconds_bucket")) {
      assertThat(after).contains("deepseek:" + name + "{model_name=\"tiny\",le=\"+Inf\"}");
    }
    for (String name :
        List.of(
            "num_requests_running",
            "num_requests_waiting",
            "kv_cache_usage_perc",
            "prompt_tokens_total",
            "prefix_cache_queries_total",
            "prefix_cache_hits_total")) {
      assertThat(after).contains("deepseek:" + name + tiny);
    }
  }

  private static double value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith("deepseek:" + name))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .findFirst()
        .orElse(0);
  }

  @Test
  void theDescriptionNamesAllRoutes() throws Exception {
    Set<String> served = new TreeSet<>();
    for (Routes.Route route : server.server().routes()) {
      served.add(
          route.method().text().toLowerCase(Locale.ROOT) + " " + route.path().replace("+", ""));
    }
    Set<String> described = new TreeSet<>();
    JsonNode description = server.get("/openapi.json").json();
    description
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        operation -> {
                          if (!operation.getValue().has("security")) {
                            described.add(operation.getKey() + " " + path.getKey());
                          }
                        }));
    assertThat(described).isEqualTo(served);
    assertThat(description.path("openapi").asText()).startsWith("3.");
  }
}
