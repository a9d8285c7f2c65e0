package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.GgmlType;
import deepseek.compute.Scope;
import deepseek.models.ModelOptions;
import deepseek.serve.shelf.ServedModel;
import deepseek.serve.shelf.ServedModel.Task;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The small model with chat templates of several families. */
class TemplatesTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final Path TEMPLATES = Path.of("../text/src/test/resources/golden/chat/templates");
  private static final String KEY = "tokenizer.chat_template";
  private static final String TOOLS =
      "'tools': [{'type': 'function', 'function': {'name': 'weather', 'description': 'of a city',"
          + " 'parameters': {'type': 'object', 'properties': {'city': {'enum': ['Rome']}},"
          + " 'required': ['city'], 'additionalProperties': false}}}]";

  private static TestServer server;

  @BeforeAll
  static void open(@TempDir Path folder) throws Exception {
    server =
        TestServer.open(
            TestServer.config(
                templated(folder, "qwen25"),
                templated(folder, "mistral-v03"),
                templated(folder, "llama3"),
                served(
                    folder,
                    "thinker",
                    Files.readString(TEMPLATES.resolve("chatml.jinja"))
                        + "{% if add_generation_prompt %}{{ '<think>\\n' }}{% endif %}")));
  }

  @AfterAll
  static void close() {
    server.close();
  }

  private static ServedModel templated(Path folder, String name) throws Exception {
    return served(folder, name, Files.readString(TEMPLATES.resolve(name + ".jinja")));
  }

  private static ServedModel served(Path folder, String name, String template) {
    Path copy = folder.resolve(name + ".gguf");
    try (GgufFile file = GgufFile.open(Path.of(TestServer.TINY));
        Scope scope = Scope.open()) {
      GgufWriter writer = GgufWriter.withMetadataOf(file, Set.of(KEY)).text(KEY, template);
      for (String tensor : file.names()) {
        writer.tensor(tensor, file.load(tensor), GgmlType.F32);
      }
      writer.write(copy);
    }
    return ServedModel.of(copy.toString(), Task.TEXT)
        .withName(name)
        .withOptions(ModelOptions.defaults().withContextLength(TestServer.CONTEXT));
  }

  private static JsonNode asked(String model, String messages, String more) throws Exception {
    TestServer.Reply reply =
        server.post(
            CHAT,
            "{'model': '%s', 'messages': [%s], 'temperature': 0, %s}"
                .formatted(model, messages, more));
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    return reply.json();
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen25", "mistral-v03", "llama3"})
  void callsAreMadeAndReadAgain(String model) throws Exception {
    String question = "{'role': 'user', 'content': 'the sky'}";
    JsonNode answer =
        asked(model, question, "'max_tokens': 100, 'tool_choice': 'required', " + TOOLS);
    JsonNode message = answer.at("/choices/0/message");
    JsonNode call = message.at("/tool_calls/0");
    assertThat(call.at("/function/name").asText()).isEqualTo("weather");
    assertThat(TestServer.JSON.readTree(call.at("/function/arguments").asText()).path("city"))
        .hasToString("\"Rome\"");
    // The template sees the call again; Mistral's wants an id of 9 letters.
    String result =
        "{'role': 'tool', 'tool_call_id': '%s', 'content': 'rain'}"
            .formatted(call.path("id").asText());
    String body =
        "{\"model\": \"%s\", \"messages\": [%s, %s, %s], %s, \"max_tokens\": 2}"
            .formatted(model, question, message, result, TOOLS)
            .replace('\'', '"');
    TestServer.Reply again = server.post(CHAT, body);
    assertThat(again.status()).as(again.text()).isEqualTo(200);
  }

  @Test
  void theTemplateIsToldOfTools() throws Exception {
    String body =
        "{'model': 'qwen25', 'messages': [{'role': 'user', 'content': 'the sky'}], %s, 'tool_choice': '%s'}";
    JsonNode told = server.post("/tokenize", body.formatted(TOOLS, "auto")).json();
    JsonNode untold = server.post("/tokenize", body.formatted(TOOLS, "none")).json();
    assertThat(told.path("count").asInt()).isGreaterThan(untold.path("count").asInt() + 50);
  }

  @Test
  void reasoningThatThePromptOpensIsAFieldOfItsOwn() throws Exception {
    String question = "{'role': 'user', 'content': 'the sky'}";
    JsonNode message = asked("thinker", question, "'max_tokens': 12").at("/choices/0/message");
    assertThat(message.path("reasoning_content").asText()).isNotEmpty();
    assertThat(message.path("content").asText()).isEmpty();
    TestServer.Reply stream =
        server.post(
            CHAT,
            "{'model': 'thinker', 'messages': [%s], 'temperature': 0, 'max_tokens': 12, 'stream': true}"
                .formatted(question));
    StringBuilder reasoning = new StringBuilder();
    for (JsonNode event : stream.events()) {
      reasoning.append(event.at("/choices/0/delta/reasoning_content").asText(""));
      assertThat(event.at("/choices/0/delta/content").asText("")).isEmpty();
    }
    assertThat(reasoning.toString()).isEqualTo(message.path("reasoning_content").asText());
    TestServer.Reply ollama =
        server.post(
            "/api/chat",
            "{'model': 'thinker', 'messages': [%s], 'stream': false, 'options': {'temperature': 0, 'num_predict': 12}}"
                .formatted(question));
    assertThat(ollama.json().at("/message/thinking").asText()).isEqualTo(reasoning.toString());
    JsonNode items =
        server
            .post(
                "/v1/responses",
                "{'model': 'thinker', 'input': 'the sky', 'temperature': 0, 'max_output_tokens': 12}")
            .json();
    assertThat(items.at("/output/0/type").asText()).isEqualTo("reasoning");
    assertThat(items.at("/output/0/content/0/text").asText()).isEqualTo(reasoning.toString());
    assertThat(items.at("/usage/output_tokens_details/reasoning_tokens").asInt()).isPositive();
  }

  @Test
  void anAnswerWithAFormHasNoReasoning() throws Exception {
    JsonNode message =
        asked("thinker", "{'role': 'user', 'content': 'the sky'}", "'guided_regex': 'yes|no'")
            .at("/choices/0/message");
    assertThat(message.has("reasoning_content")).isFalse();
    assertThat(List.of("yes", "no")).contains(message.path("content").asText());
  }
}
