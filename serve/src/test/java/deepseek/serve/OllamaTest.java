package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.models.generate.EngineConfig;
import deepseek.serve.shelf.ServedModel;
import deepseek.serve.shelf.ServedModel.Task;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OllamaTest {
  private static final String OPTIONS = "'options': {'num_predict': 8, 'temperature': 0}";
  private static final String CHAT =
      "{'model': 'tiny', 'messages': [{'role': 'user', 'content': 'the sky'}], ";

  private static TestServer server;

  @BeforeAll
  static void open() {
    server =
        TestServer.open(
            TestServer.config(
                TestServer.tiny(EngineConfig.defaults()),
                ServedModel.of(TestServer.TINY, Task.TEXT).withName("org/another:x")));
  }

  @AfterAll
  static void close() throws Exception {
    server.assertQuiet();
    server.close();
  }

  private static JsonNode whole(String path, String body) throws Exception {
    TestServer.Reply reply = server.post(path, body + "'stream': false, " + OPTIONS + "}");
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    return reply.json();
  }

  private static List<JsonNode> lines(String path, String body) throws Exception {
    TestServer.Reply reply = server.post(path, body + OPTIONS + "}");
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.header("Content-Type")).startsWith("application/x-ndjson");
    return reply.lines();
  }

  private static String joined(List<JsonNode> lines, String pointer) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line.at(pointer).asText("")));
    return text.toString();
  }

  @Test
  void chatStreamsUnlessToldOtherwise() throws Exception {
    JsonNode whole = whole("/api/chat", CHAT);
    assertThat(whole.at("/message/role").asText()).isEqualTo("assistant");
    assertThat(whole.path("done").asBoolean()).isTrue();
    assertThat(whole.path("done_reason").asText()).isEqualTo("length");
    assertThat(whole.path("eval_count").asInt()).isEqualTo(8);
    assertThat(whole.path("total_duration").asLong()).isPositive();
    List<JsonNode> lines = lines("/api/chat", CHAT);
    assertThat(joined(lines, "/message/content")).isEqualTo(whole.at("/message/content").asText());
    assertThat(lines.getLast().path("done").asBoolean()).isTrue();
    assertThat(lines.subList(0, lines.size() - 1)).noneMatch(line -> line.path("done").asBoolean());
  }

  @Test
  void generateUsesTheTemplateUnlessItIsRaw() throws Exception {
    String prompt = "{'model': 'tiny:latest', 'prompt': 'the sky', ";
    String text = whole("/api/generate", prompt).path("response").asText();
    assertThat(text).isEqualTo(whole("/api/chat", CHAT).at("/message/content").asText());
    assertThat(joined(lines("/api/generate", prompt), "/response")).isEqualTo(text);
    assertThat(whole("/api/generate", prompt + "'raw': true, ").path("response").asText())
        .isNotEqualTo(text);
    assertThat(whole("/api/generate", prompt + "'system': 'in an inn', ").path("response").asText())
        .isNotEqualTo(text);
  }

  @Test
  void formsHoldAnswers() throws Exception {
    JsonNode answer = whole("/api/chat", CHAT + "'format': {'type': 'boolean'}, ");
    assertThat(answer.at("/message/content").asText()).isIn("true", "false");
    String json = whole("/api/chat", CHAT + "'format': 'json', ").at("/message/content").asText();
    assertThat(json).startsWith("{");
  }

  @Test
  void callsComeWithTheirArgumentsAsObjects() throws Exception {
    String body =
        CHAT
            + "'tool_choice': 'required', 'options': {'num_predict': 200, 'temperature': 0},"
            + " 'tools': [{'type': 'function', 'function': {'name': 'weather', 'parameters':"
            + " {'type': 'object', 'properties': {'city': {'enum': ['Rome']}}, 'required': ['city'],"
            + " 'additionalProperties': false}}}]";
    JsonNode whole = server.post("/api/chat", body + ", 'stream': false}").json();
    assertThat(whole.at("/message/tool_calls/0/function/arguments/city").asText())
        .isEqualTo("Rome");
    List<JsonNode> lines = server.post("/api/chat", body + "}").lines();
    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst().at("/message/tool_calls/0/function/name").asText())
        .isEqualTo("weather");
    assertThat(lines.getLast().path("done_reason").asText()).isEqualTo("stop");
  }

  @Test
  void modelsAreListedAndShown() throws Exception {
    whole("/api/chat", CHAT);
    assertThat(server.get("/api/tags").json().path("models").findValuesAsText("name"))
        .contains("tiny", "org/another:x", "mean", "rank");
    assertThat(server.get("/api/ps").json().path("models").findValuesAsText("name"))
        .contains("tiny")
        .doesNotContain("mean");
    assertThat(server.get("/v1/models/org/another:x").json().path("id").asText())
        .isEqualTo("org/another:x");
    JsonNode shown = server.post("/api/show", "{'model': 'tiny'}").json();
    assertThat(shown.at("/model_info/llama.context_length").asInt()).isEqualTo(TestServer.CONTEXT);
    assertThat(shown.path("template").asText()).contains("<|im_start|>");
    assertThat(server.post("/api/show", "{'model': 'mean'}").json().path("capabilities").toString())
        .contains("embedding");
    assertThat(server.get("/api/version").json().path("version").asText()).matches("[0-9.]+");
  }

  @Test
  void aRequestWithoutPromptOpensTheModel() throws Exception {
    for (String path : List.of("/api/chat", "/api/generate")) {
      JsonNode loaded = server.post(path, "{'model': 'org/another:x'}").json();
      assertThat(loaded.path("done_reason").asText()).as(path).isEqualTo("load");
      assertThat(loaded.path("done").asBoolean()).isTrue();
    }
    assertThat(server.get("/api/ps").json().path("models").findValuesAsText("name"))
        .contains("org/another:x");
    assertThat(server.post("/api/chat", "{'model': 'tiny', 'messages': 'x'}").status())
        .isEqualTo(400);
  }

  @Test
  void imagesAreRefused() throws Exception {
    TestServer.Reply reply =
        server.post("/api/generate", "{'model': 'tiny', 'prompt': 'x', 'images': ['aGk=']}");
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.json().path("error").asText()).startsWith("images: expected");
  }
}
