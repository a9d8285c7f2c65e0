package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.serve.shelf.ServedModel;
import deepseek.serve.shelf.ServedModel.Task;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that are wrong: each gets an error that names what is, and costs nobody else anything.
 */
class FaultyRequestsTest {
  private static final String CHAT = "/v1/chat/completions";

  private static TestServer server;

  @BeforeAll
  static void open(@TempDir Path folder) throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.gguf"), "this is no model at all");
    server =
        TestServer.open(
            TestServer.config(ServedModel.of(broken.toString(), Task.TEXT).withName("broken")));
    server.post(CHAT, TestServer.chat("'max_tokens': 1"));
  }

  @AfterAll
  static void close() throws Exception {
    server.assertQuiet();
    server.close();
  }

  private static JsonNode refused(int status, TestServer.Reply reply) throws Exception {
    assertThat(reply.status()).as(reply.text()).isEqualTo(status);
    JsonNode error = reply.json().path("error");
    assertThat(error.path("message").asText()).contains("expected", "got");
    assertThat(error.path("type").isTextual()).isTrue();
    assertThat(error.has("param")).isTrue();
    assertThat(error.has("code")).isTrue();
    return error;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'temperature': 'hot' | temperature",
        "'temperature': -1 | temperature",
        "'temperature': 1e400 | temperature",
        "'temperature': true | temperature",
        "'top_p': 1.5 | top_p",
        "'top_k': 1.5 | top_k",
        "'max_tokens': 0 | max_tokens",
        "'max_tokens': -5 | max_tokens",
        "'max_tokens': 99999999999999999999 | max_tokens",
        "'max_completion_tokens': '10' | max_completion_tokens",
        "'n': 0 | n",
        "'n': 16384 | n",
        "'n': 2.5 | n",
        "'presence_penalty': 1e9 | presence_penalty",
        "'repetition_penalty': 0 | repetition_penalty",
        "'seed': 'x' | seed",
        "'stop': [1] | stop[0]",
        "'stop': '' | stop",
        "'stream': 'yes' | stream",
        "'stream_options': [] | stream_options",
        "'top_logprobs': 3 | top_logprobs",
        "'logprobs': true, 'top_logprobs': 21 | top_logprobs",
        "'logit_bias': {'x': 1} | logit_bias",
        "'logit_bias': {'1': 'x'} | logit_bias.1",
        "'logit_bias': {'999999': 1} | logit_bias",
        "'tools': {} | tools",
        "'tools': [{'type': 'function'}] | tools[0].name",
        "'tools': [{'type': 'code'}] | tools[0].type",
        "'tools': [{'type': 'function', 'function': {'name': 'a b'}}] | tools[0].function.name",
        "'tool_choice': 'required' | tool_choice",
        "'tool_choice': {'type': 'function', 'function': {'name': 'x'}} | tool_choice",
        "'response_format': {'type': 'xml'} | response_format.type",
        "'response_format': {'type': 'json_schema'} | response_format.json_schema",
        "'grammar': 'root ::= root' | grammar",
        "'guided_regex': '(' | guided_regex",
        "'regex': 'a', 'guided_regex': 'b' | regex",
        "'messages': [] | messages",
        "'messages': 'hi' | messages",
        "'messages': [{'content': 'x'}] | messages[0].role",
        "'messages': [{'role': 'king', 'content': 'x'}] | messages[0].role",
        "'messages': [{'role': 'user', 'content': 5}] | messages[0].content",
        "'messages': [{'role': 'user', 'content': [{'type': 'image_url'}]}] | messages[0].content[0].type",
        "'model': null | model",
        "'model': 7 | model",
      })
  void whatIsWrongIsNamed(String field, String parameter) throws Exception {
    String name = field.substring(1, field.indexOf('\'', 1));
    String body = TestServer.chat("");
    if (name.equals("messages") || name.equals("model") || name.equals("temperature")) {
      body = body.replaceAll("'" + name + "': ('[^']*'|\\[[^]]*]|0)", field);
    } else {
      body = TestServer.chat(field);
    }
    JsonNode error = refused(400, server.post(CHAT, body));
    assertThat(error.path("param").asText()).isEqualTo(parameter);
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "{'a': 1} x",
        "{'temperature': NaN}",
        "{'temperature': Infinity}",
        "{'a': 01}",
        "'text'"
      })
  void bodiesThatAreNoJsonObject(String body) throws Exception {
    assertThat(refused(400, server.post(CHAT, body)).path("message").asText())
        .startsWith("read the body: ");
  }

  @Test
  void bytesThatAreNotUtf8() throws Exception {
    byte[] body = "{\"model\": \"tiny\", \"messages\": \"?\"}".getBytes(StandardCharsets.US_ASCII);
    body[body.length - 3] = (byte) 0xff;
    TestServer.Reply reply =
        server.send(
            HttpRequest.newBuilder(server.uri(CHAT))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    assertThat(refused(400, reply).path("message").asText()).contains("UTF-8");
  }

  @Test
  void loneSurrogatesInEscapes() throws Exception {
    String body = TestServer.chat("'max_tokens': 1").replace("the sky", "\\ud800");
    assertThat(server.post(CHAT, body).status()).isEqualTo(400);
  }

  @Test
  void jsonThatIsTooDeep() throws Exception {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);
    refused(400, server.post(CHAT, TestServer.chat("'zzz': " + deep)));
  }

  @Test
  void schemasThatAreDeepOrThatNothingSatisfies() throws Exception {
    StringBuilder deep = new StringBuilder("{'type': 'string'}");
    for (int i = 0; i < 25; i++) {
      deep.insert(0, "{'type': 'array', 'minItems': 1, 'items': ").append("}");
    }
    for (String schema :
        new String[] {
          "{'not': {}}",
          "{'type': 'integer', 'minimum': 5, 'maximum': 1}",
          "{'$ref': '#/$defs/a', '$defs': {'a': {'$ref': '#/$defs/a'}}}"
        }) {
      JsonNode error = refused(400, server.post(CHAT, schema(schema)));
      assertThat(error.path("param").asText()).isEqualTo("response_format.json_schema.schema");
      assertThat(error.path("code").asText()).isEqualTo("invalid_grammar");
    }
    assertThat(server.post(CHAT, schema(deep.toString())).status()).isIn(200, 400);
  }

  private static String schema(String schema) {
    return TestServer.chat(
        "'max_tokens': 3, 'response_format': {'type': 'json_schema', 'json_schema': {'schema': "
            + schema
            + "}}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(a*)*b", "(a|a)*c", "(x+x+)+y", "((a{0,50}){0,50}){0,50}"})
  void regexBombs(String regex) throws Exception {
    TestServer.Reply reply =
        server.post(CHAT, TestServer.chat("'max_tokens': 8, 'guided_regex': '" + regex + "'"));
    assertThat(reply.status()).as(reply.text()).isIn(200, 400);
    if (reply.status() == 400) {
      assertThat(reply.json().at("/error/param").asText()).isEqualTo("guided_regex");
    }
  }

  @Test
  void modelsThatAreNotThere() throws Exception {
    String body = TestServer.chat("").replace("'tiny'", "'nope'");
    JsonNode error = refused(404, server.post(CHAT, body));
    assertThat(error.path("code").asText()).isEqualTo("model_not_found");
    assertThat(server.get("/v1/models/nope").status()).isEqualTo(404);
    TestServer.Reply ollama = server.post("/api/chat", body);
    assertThat(ollama.status()).isEqualTo(404);
    assertThat(ollama.json().path("error").asText()).contains("'nope'");
  }

  @Test
  void modelsForSomethingElse() throws Exception {
    JsonNode error = refused(400, server.post("/v1/embeddings", "{'model': 'tiny', 'input': 'x'}"));
    assertThat(error.path("param").asText()).isEqualTo("model");
    refused(400, server.post(CHAT, TestServer.chat("").replace("'tiny'", "'mean'")));
  }

  @Test
  void aModelThatCannotBeLoadedFailsAlone() throws Exception {
    String body = TestServer.chat("'max_tokens': 1");
    JsonNode error = refused(503, server.post(CHAT, body.replace("'tiny'", "'broken'")));
    assertThat(error.path("code").asText()).isEqualTo("model_not_loaded");
    assertThat(error.path("message").asText()).doesNotContain("broken.gguf");
    assertThat(server.post(CHAT, body).status()).isEqualTo(200);
  }

  @Test
  void promptsBeyondTheContext() throws Exception {
    String body =
        TestServer.chat("'max_tokens': 1").replace("the sky", "x ".repeat(TestServer.CONTEXT));
    JsonNode error = refused(400, server.post(CHAT, body));
    assertThat(error.path("code").asText()).isEqualTo("context_length_exceeded");
    assertThat(error.path("param").asText()).isEqualTo("messages");
    String prompt = "{'model': 'tiny', 'prompt': '" + "x ".repeat(TestServer.CONTEXT) + "'}";
    assertThat(refused(400, server.post("/v1/completions", prompt)).path("code").asText())
        .isEqualTo("context_length_exceeded");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/v1/completions | {'model': 'tiny'} | prompt",
        "/v1/completions | {'model': 'tiny', 'prompt': ''} | prompt",
        "/v1/completions | {'model': 'tiny', 'prompt': [1, -1]} | prompt[1]",
        "/v1/completions | {'model': 'tiny', 'prompt': [1, 'x']} | prompt[1]",
        "/v1/completions | {'model': 'tiny', 'prompt': [[1], 2]} | prompt[1]",
        "/v1/completions | {'model': 'tiny', 'prompt': 'x', 'best_of': 2} | best_of",
        "/v1/completions | {'model': 'tiny', 'prompt': 'x', 'suffix': 'y'} | suffix",
        "/v1/completions | {'model': 'tiny', 'prompt': 'x', 'logprobs': true} | logprobs",
        "/v1/embeddings | {'model': 'mean'} | input",
        "/v1/embeddings | {'model': 'mean', 'input': []} | input",
        "/v1/embeddings | {'model': 'mean', 'input': [1, 2]} | input",
        "/v1/embeddings | {'model': 'mean', 'input': ['a', 2]} | input[1]",
        "/v1/embeddings | {'model': 'mean', 'input': 'a', 'dimensions': 0} | dimensions",
        "/v1/embeddings | {'model': 'mean', 'input': 'a', 'encoding_format': 'x'} | encoding_format",
        "/v1/rerank | {'model': 'rank', 'documents': ['a']} | query",
        "/v1/rerank | {'model': 'rank', 'query': 'q', 'documents': []} | documents",
        "/v1/rerank | {'model': 'rank', 'query': 'q', 'documents': ['a'], 'top_n': 0} | top_n",
        "/tokenize | {'model': 'tiny'} | prompt",
        "/detokenize | {'model': 'tiny', 'tokens': [99999]} | tokens[0]",
        "/v1/responses | {'model': 'tiny'} | input",
        "/v1/responses | {'model': 'tiny', 'input': [{'type': 'x'}]} | input[0].type",
        "/v1/responses | {'model': 'tiny', 'input': 'x', 'previous_response_id': 'y'} | previous_response_id",
      })
  void otherRoutesNameTheFieldToo(String path, String body, String parameter) throws Exception {
    assertThat(refused(400, server.post(path, body)).path("param").asText()).isEqualTo(parameter);
  }

  @Test
  void routesThatAreNotThere() throws Exception {
    refused(404, server.get("/v2"));
    refused(405, server.get(CHAT));
    refused(405, server.post("/v1/models", "{}"));
    TestServer.Reply ollama = server.get("/api/nothing");
    assertThat(ollama.status()).isEqualTo(404);
    assertThat(ollama.json().path("error").isTextual()).isTrue();
  }

  @Test
  void ollamaNamesTheFieldInItsWords() throws Exception {
    TestServer.Reply reply =
        server.post("/api/generate", "{'model': 'tiny', 'prompt': 'x', 'options': {'top_p': 7}}");
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.json().path("error").asText()).startsWith("options.top_p: expected");
  }
}
