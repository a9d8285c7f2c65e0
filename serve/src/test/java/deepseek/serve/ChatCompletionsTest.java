package deepseek.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.text.grammar.Grammar;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ChatCompletionsTest {
  private static final String PATH = "/v1/chat/completions";
  private static final String WEATHER =
      "{'type': 'function', 'function': {'name': 'weather', 'description': 'of a city',"
          + " 'parameters': {'type': 'object', 'properties': {'city': {'$ref': '#/$defs/City'}},"
          + " 'required': ['city'], 'additionalProperties': false,"
          + " '$defs': {'City': {'type': 'string', 'enum': ['Rome', 'Oslo']}}}}}";
  private static final String TIME =
      "{'type': 'function', 'function': {'name': 'time', 'parameters': {'type': 'object',"
          + " 'properties': {'zone': {'$ref': '#/$defs/City'}}, 'required': ['zone'],"
          + " 'additionalProperties': false, '$defs': {'City': {'type': 'integer', 'minimum': 0,"
          + " 'maximum': 9}}}}}";

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

  private static JsonNode asked(String more) throws Exception {
    TestServer.Reply reply = server.post(PATH, TestServer.chat(more));
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    return reply.json();
  }

  private static List<JsonNode> streamed(String more) throws Exception {
    TestServer.Reply reply = server.post(PATH, TestServer.chat(more + ", 'stream': true"));
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.header("Content-Type")).startsWith("text/event-stream");
    assertThat(reply.text()).endsWith("data: [DONE]\n\n");
    return reply.events();
  }

  private static String text(JsonNode answer) {
    return answer.at("/choices/0/message/content").asText();
  }

  private static String joined(List<JsonNode> events, String pointer) {
    StringBuilder text = new StringBuilder();
    events.forEach(event -> text.append(event.at(pointer).asText("")));
    return text.toString();
  }

  @Test
  void answersInOnePiece() throws Exception {
    JsonNode answer = asked("'max_tokens': 8");
    assertThat(answer.path("object").asText()).isEqualTo("chat.completion");
    assertThat(answer.path("id").asText()).startsWith("chatcmpl-");
    assertThat(answer.at("/choices/0/message/role").asText()).isEqualTo("assistant");
    assertThat(text(answer)).isNotEmpty();
    assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("length");
    assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(8);
    assertThat(answer.at("/usage/total_tokens").asInt())
        .isEqualTo(answer.at("/usage/prompt_tokens").asInt() + 8);
    assertThat(answer.at("/usage/prompt_tokens_details/cached_tokens").isInt()).isTrue();
  }

  @Test
  void streamsTheSameText() throws Exception {
    List<JsonNode> events = streamed("'max_tokens': 12");
    assertThat(events.getFirst().at("/choices/0/delta/role").asText()).isEqualTo("assistant");
    assertThat(events.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("length");
    assertThat(events.stream().map(event -> event.path("id").asText()).distinct()).hasSize(1);
    assertThat(joined(events, "/choices/0/delta/content"))
        .isEqualTo(text(asked("'max_tokens': 12")));
    assertThat(events).noneMatch(event -> event.has("usage"));
  }

  @Test
  void usageComesLastWhereItIsAskedFor() throws Exception {
    List<JsonNode> events = streamed("'max_tokens': 3, 'stream_options': {'include_usage': true}");
    assertThat(events.getLast().path("choices")).isEmpty();
    assertThat(events.getLast().at("/usage/completion_tokens").asInt()).isEqualTo(3);
    assertThat(events.subList(0, events.size() - 1))
        .allMatch(event -> event.path("usage").isNull());
  }

  @Test
  void severalAnswersAreToldApart() throws Exception {
    String drawn = "'n': 3, 'max_tokens': 6, 'temperature': 1, 'seed': 7";
    JsonNode whole = asked(drawn);
    assertThat(whole.path("choices")).hasSize(3);
    List<JsonNode> events = streamed(drawn);
    List<String> texts = new ArrayList<>();
    for (int choice = 0; choice < 3; choice++) {
      StringBuilder text = new StringBuilder();
      for (JsonNode event : events) {
        if (event.at("/choices/0/index").asInt() == choice) {
          text.append(event.at("/choices/0/delta/content").asText(""));
        }
      }
      assertThat(text.toString())
          .isEqualTo(whole.at("/choices/" + choice + "/message/content").asText());
      texts.add(text.toString());
    }
    assertThat(texts).doesNotHaveDuplicates();
    assertThat(whole.at("/usage/completion_tokens").asInt()).isEqualTo(18);
  }

  @Test
  void seedDecidesWhatIsDrawn() throws Exception {
    String drawn = "'max_tokens': 12, 'temperature': 1, 'seed': ";
    assertThat(text(asked(drawn + 1))).isEqualTo(text(asked(drawn + 1)));
    assertThat(text(asked(drawn + 1))).isNotEqualTo(text(asked(drawn + 2)));
  }

  @Test
  void stopTextsEndTheAnswer() throws Exception {
    String whole = text(asked("'max_tokens': 16"));
    String stop = TestServer.JSON.writeValueAsString(whole.substring(5, 7));
    JsonNode stopped = asked("'max_tokens': 16, 'stop': [" + stop + "]");
    assertThat(text(stopped)).isEqualTo(whole.substring(0, whole.indexOf(whole.substring(5, 7))));
    assertThat(stopped.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
  }

  @Test
  void logProbabilitiesHaveTokensAndBytes() throws Exception {
    String more = "'max_tokens': 6, 'logprobs': true, 'top_logprobs': 2";
    JsonNode content = asked(more).at("/choices/0/logprobs/content");
    assertThat(content).hasSize(6);
    for (JsonNode token : content) {
      assertThat(token.path("logprob").asDouble()).isNegative();
      assertThat(token.path("top_logprobs")).hasSize(2);
      assertThat(token.at("/top_logprobs/0/logprob").asDouble())
          .isEqualTo(token.path("logprob").asDouble());
      byte[] bytes = new byte[token.path("bytes").size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) token.path("bytes").get(i).asInt();
      }
      assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(token.path("token").asText());
    }
    List<JsonNode> streamed = new ArrayList<>();
    for (JsonNode event : streamed(more)) {
      event.at("/choices/0/logprobs/content").forEach(streamed::add);
    }
    assertThat(streamed).containsExactlyElementsOf(content);
  }

  @Test
  void aSchemaHoldsTheAnswer() throws Exception {
    String schema =
        "{'type': 'object', 'properties': {'a': {'type': 'integer', 'minimum': 0, 'maximum': 99},"
            + " 'b': {'enum': ['x', 'y']}}, 'required': ['a', 'b'], 'additionalProperties': false}";
    JsonNode answer =
        asked(
            "'max_tokens': 100, 'response_format': {'type': 'json_schema', 'json_schema':"
                + " {'name': 'it', 'schema': "
                + schema
                + "}}");
    assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    Grammar grammar = Grammar.ofJsonSchema(TestServer.JSON.readTree(schema.replace('\'', '"')));
    assertThat(grammar.matches(text(answer))).as(text(answer)).isTrue();
  }

  @Test
  void grammarsAndExpressionsToo() throws Exception {
    assertThat(text(asked("'guided_regex': 'ab?c{3}'"))).matches("ab?c{3}");
    assertThat(text(asked("'regex': '[xy]z'"))).matches("[xy]z");
    assertThat(text(asked("'grammar': 'root ::= \\'yes\\' | \\'no\\''".replace("\\'", "\\\""))))
        .isIn("yes", "no");
    assertThat(text(asked("'guided_choice': ['le\\\\ft', 'right']"))).isIn("le\\ft", "right");
  }

  @Test
  void aRequiredToolIsCalled() throws Exception {
    String more = "'max_tokens': 200, 'tools': [" + WEATHER + ", " + TIME + "], 'tool_choice': ";
    JsonNode answer = asked(more + "'required'");
    assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
    assertThat(answer.at("/choices/0/message/content").isNull()).isTrue();
    JsonNode call = answer.at("/choices/0/message/tool_calls/0");
    assertThat(call.path("id").asText()).startsWith("call_");
    assertThat(call.at("/function/name").asText()).isIn("weather", "time");
    JsonNode named = asked(more + "{'type': 'function', 'function': {'name': 'time'}}");
    JsonNode time = named.at("/choices/0/message/tool_calls/0/function");
    assertThat(time.path("name").asText()).isEqualTo("time");
    assertThat(TestServer.JSON.readTree(time.path("arguments").asText()).path("zone").asInt(-1))
        .isBetween(0, 9);
    JsonNode other = asked(more + "{'type': 'function', 'function': {'name': 'weather'}}");
    JsonNode weather = other.at("/choices/0/message/tool_calls/0/function");
    assertThat(TestServer.JSON.readTree(weather.path("arguments").asText()).path("city").asText())
        .isIn("Rome", "Oslo");
  }

  @Test
  void callsStreamWithTheirNameOnce() throws Exception {
    List<JsonNode> events =
        streamed("'max_tokens': 200, 'tools': [" + WEATHER + "], 'tool_choice': 'required'");
    String call = "/choices/0/delta/tool_calls/0/function/";
    assertThat(joined(events, call + "name")).isEqualTo("weather");
    assertThat(joined(events, "/choices/0/delta/tool_calls/0/id")).startsWith("call_");
    assertThat(joined(events, "/choices/0/delta/content")).isEmpty();
    assertThat(events.stream().filter(event -> event.at(call + "arguments").isTextual()).count())
        .isGreaterThan(2);
    assertThat(TestServer.JSON.readTree(joined(events, call + "arguments")).path("city").asText())
        .isIn("Rome", "Oslo");
    assertThat(events.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
  }

  @Test
  void earlierCallsAndResultsAreRead() throws Exception {
    String messages =
        "[{'role': 'user', 'content': [{'type': 'text', 'text': 'sky'}]},"
            + " {'role': 'assistant', 'content': null, 'tool_calls': [{'id': 'call_1', 'type':"
            + " 'function', 'function': {'name': 'weather', 'arguments': '{}'}}]},"
            + " {'role': 'tool', 'tool_call_id': 'call_1', 'content': 'rain'}]";
    TestServer.Reply reply =
        server.post(PATH, "{'model': 'tiny', 'messages': " + messages + ", 'max_tokens': 2}");
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    JsonNode counted =
        server.post("/tokenize", "{'model': 'tiny', 'messages': " + messages + "}").json();
    StringBuilder ids = new StringBuilder();
    counted.path("tokens").forEach(id -> ids.append(ids.isEmpty() ? "" : ",").append(id));
    assertThat(
            server
                .post("/detokenize", "{'model': 'tiny', 'tokens': [" + ids + "]}")
                .json()
                .path("prompt")
                .asText())
        .contains("<tool_call>\n{\"name\":\"weather\",\"arguments\":{}}\n</tool_call>", "rain");
  }

  @Test
  void fieldsThatNobodyKnowsAreLeftAlone() throws Exception {
    assertThat(text(asked("'max_tokens': 2, 'store': true, 'metadata': {'a': 1}, 'zzz': []")))
        .isNotEmpty();
  }
}
