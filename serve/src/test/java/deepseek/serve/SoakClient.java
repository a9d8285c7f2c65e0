package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** One of the clients of {@link ServerSoakTest}: requests of every kind, each reply looked at. */
final class SoakClient {
  private static final String CHAT = "/v1/chat/completions";
  private static final List<String> WRONG =
      List.of(
          "'temperature': 'hot'",
          "'max_tokens': -5",
          "'n': 2.5",
          "'tools': {}",
          "'guided_regex': '('",
          "'guided_json': {'type': 'text'}",
          "'response_format': {'type': 'xml'}",
          "'messages': []");

  /** A kind of request: sends one and fails where its reply isn't what it must be. */
  private interface Request {
    void send(Random random) throws Exception;
  }

  private final TestServer server;
  private final Map<String, Request> kinds = new TreeMap<>();
  private final Map<String, LongAdder> counts;

  SoakClient(TestServer server, Map<String, LongAdder> counts) {
    this.server = server;
    this.counts = counts;
    kinds.put("chat", this::chat);
    kinds.put("stream", this::stream);
    kinds.put("completion", this::completion);
    kinds.put("ollama", this::ollama);
    kinds.put("schema", this::schema);
    kinds.put("tool", this::tool);
    kinds.put("vectors", this::vectors);
    kinds.put("ranking", this::ranking);
    kinds.put("wrong", this::wrong);
    kinds.put("gone", this::gone);
  }

  /** The request of this number, which is always the same one. */
  void send(int number) throws Exception {
    List<String> names = List.copyOf(kinds.keySet());
    Random random = new Random(number);
    String name = names.get(random.nextInt(names.size()));
    kinds.getOrDefault(name, this::chat).send(random);
    counts.computeIfAbsent(name, key -> new LongAdder()).increment();
  }

  private static String words(Random random) {
    return "the sky in an inn ".repeat(1 + random.nextInt(12)) + random.nextInt(1000);
  }

  private static String message(Random random) {
    return "'messages': [{'role': 'user', 'content': '" + words(random) + "'}]";
  }

  private static String sampled(Random random) {
    return message(random)
        + ", 'max_tokens': %d, 'temperature': %d, 'seed': %d"
            .formatted(1 + random.nextInt(60), random.nextInt(2), random.nextInt(1000));
  }

  private static String tiny(String fields) {
    return "{'model': 'tiny', " + fields + "}";
  }

  private JsonNode answered(String path, String body) throws Exception {
    TestServer.Reply reply = server.post(path, body);
    assertThat(reply.status()).as("%s to %s", reply.text(), body).isEqualTo(200);
    return reply.json();
  }

  private void chat(Random random) throws Exception {
    int choices = 1 + random.nextInt(3);
    JsonNode reply = answered(CHAT, tiny(sampled(random) + ", 'n': " + choices));
    assertThat(reply.path("choices")).hasSize(choices);
  }

  private void stream(Random random) throws Exception {
    TestServer.Reply reply = server.post(CHAT, tiny(sampled(random) + ", 'stream': true"));
    assertThat(reply.text()).endsWith("data: [DONE]\n\n").contains("\"finish_reason\":\"");
  }

  private void completion(Random random) throws Exception {
    int tokens = 1 + random.nextInt(60);
    String body =
        "'prompt': '%s', 'ignore_eos': true, 'max_tokens': %d".formatted(words(random), tokens);
    JsonNode reply = answered("/v1/completions", tiny(body));
    assertThat(reply.at("/usage/completion_tokens").asInt()).isEqualTo(tokens);
  }

  private void ollama(Random random) throws Exception {
    String body =
        message(random) + ", 'options': {'num_predict': " + (1 + random.nextInt(40)) + "}";
    TestServer.Reply reply = server.post("/api/chat", tiny(body));
    assertThat(reply.lines().getLast().path("done").asBoolean()).as(reply.text()).isTrue();
  }

  /** Of more schemas than the server keeps grammars of. */
  private void schema(Random random) throws Exception {
    int most = random.nextInt(100);
    String form =
        ", 'max_tokens': 600, 'guided_json': {'type': 'object', 'properties': {'n': {'type': 'integer',"
            + " 'minimum': 0, 'maximum': "
            + most
            + "}, 's': {'type': 'string', 'maxLength': 9}}, 'required': ['n', 's'],"
            + " 'additionalProperties': false}";
    JsonNode reply = answered(CHAT, tiny(message(random) + form));
    JsonNode answer = TestServer.JSON.readTree(content(reply));
    assertThat(answer.path("n").asInt(-1)).isBetween(0, most);
    assertThat(answer.path("s").isTextual()).isTrue();
  }

  private static String content(JsonNode reply) {
    return reply.at("/choices/0/message/content").asText();
  }

  private void tool(Random random) throws Exception {
    String tools =
        ", 'max_tokens': 300, 'tool_choice': 'required', 'tools': [{'type': 'function', 'function':"
            + " {'name': 'weather', 'parameters': {'type': 'object', 'properties': {'city':"
            + " {'enum': ['Rome', 'Oslo']}}, 'required': ['city'], 'additionalProperties': false}}}]";
    JsonNode reply = answered(CHAT, tiny(message(random) + tools));
    String call =
        reply.at("/choices/0/message/tool_calls/0/function/arguments").asText("no arguments");
    assertThat(TestServer.JSON.readTree(call).path("city").asText()).isIn("Rome", "Oslo");
  }

  private void vectors(Random random) throws Exception {
    String body = "{'model': 'mean', 'input': ['%s', 'b']}".formatted(words(random));
    assertThat(answered("/v1/embeddings", body).path("data")).hasSize(2);
  }

  private void ranking(Random random) throws Exception {
    String body =
        "{'model': 'rank', 'query': '%s', 'documents': ['a', 'b', 'c']}".formatted(words(random));
    assertThat(answered("/v1/rerank", body).path("results")).hasSize(3);
  }

  private void wrong(Random random) throws Exception {
    String fault = WRONG.get(random.nextInt(WRONG.size()));
    String fields = fault.startsWith("'messages'") ? fault : message(random) + ", " + fault;
    TestServer.Reply reply = server.post(CHAT, tiny(fields));
    assertThat(reply.status()).as("%s to %s", reply.text(), fields).isEqualTo(400);
    assertThat(reply.json().at("/error/message").asText()).contains("expected");
  }

  /** Goes after the first bytes of an answer that would be much longer. */
  private void gone(Random random) throws IOException {
    boolean streams = random.nextBoolean();
    String body =
        tiny(
            message(random)
                + ", 'max_tokens': 1500, 'guided_regex': '[a-z]{4500}', 'stream': "
                + streams);
    byte[] bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    String head =
        "POST "
            + CHAT
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n";
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      if (random.nextInt(3) > 0) {
        byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
        assertThat(new String(status, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
      }
      socket.setSoLinger(true, 0);
    }
  }
}
