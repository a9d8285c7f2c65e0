package deepseek.serve.answers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.serve.http.Fields;
import deepseek.text.grammar.Grammar;
import org.junit.jupiter.api.Test;

class ToolSetTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static ToolSet tools(String more) throws Exception {
    String tools =
        "{'tools': [%s, %s]%s}"
            .formatted(tool("weather", "'string'"), tool("time", "'integer'"), more)
            .replace('\'', '"');
    return ToolSet.read(Fields.of((ObjectNode) JSON.readTree(tools)));
  }

  /** Both define something of the same name. */
  private static String tool(String name, String type) {
    return "{'type': 'function', 'function': {'name': '%s', 'parameters': {'type': 'object',"
            .formatted(name)
        + " 'properties': {'it': {'$ref': '#/$defs/It'}}, 'required': ['it'],"
        + " 'additionalProperties': false, '$defs': {'It': {'type': %s}}}}}".formatted(type);
  }

  @Test
  void aCallsSchemaHasItsToolsDefinitions() throws Exception {
    Grammar calls = Grammar.ofJsonSchema(tools("").callSchema("arguments"));
    assertThat(calls.matches("{\"name\": \"weather\", \"arguments\": {\"it\": \"x\"}}")).isTrue();
    assertThat(calls.matches("{\"name\": \"time\", \"arguments\": {\"it\": 5}}")).isTrue();
    assertThat(calls.matches("{\"name\": \"time\", \"arguments\": {\"it\": \"x\"}}")).isFalse();
    assertThat(calls.matches("{\"name\": \"other\", \"arguments\": {\"it\": 5}}")).isFalse();
    ToolSet named = tools(", 'tool_choice': {'type': 'function', 'name': 'time'}");
    Grammar time = Grammar.ofJsonSchema(named.callSchema("parameters"));
    assertThat(time.matches("{\"name\": \"time\", \"parameters\": {\"it\": 5}}")).isTrue();
    assertThat(time.matches("{\"name\": \"weather\", \"parameters\": {\"it\": \"x\"}}")).isFalse();
  }

  @Test
  void oneCallAtATimeIsSaidByTheRequest() throws Exception {
    assertThat(tools("").mostCalls()).isGreaterThan(100);
    assertThat(tools(", 'parallel_tool_calls': false").mostCalls()).isEqualTo(1);
  }
}
