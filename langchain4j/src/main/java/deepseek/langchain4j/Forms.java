package deepseek.langchain4j;

import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.text.grammar.Grammar;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Schemas: the forms of answers and the parameters of tools. */
final class Forms {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Forms() {}

  /** The grammar of a response format, if it asks for one. */
  static Optional<Grammar> of(@Nullable ResponseFormat format) {
    if (format == null || format.type() == ResponseFormatType.TEXT) {
      return Optional.empty();
    }
    if (format.jsonSchema() == null) {
      return Optional.of(Grammar.json());
    }
    Map<String, Object> schema = JsonSchemaElementUtils.toMap(format.jsonSchema().rootElement());
    return Optional.of(Grammar.ofJsonSchema(JSON.valueToTree(schema)));
  }

  /** A tool with the fields of OpenAI's API, which chat templates take. */
  static Map<String, Object> tool(ToolSpecification tool) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", tool.name());
    function.put("description", tool.description() == null ? "" : tool.description());
    function.put(
        "parameters",
        tool.parameters() == null
            ? Map.of("type", "object", "properties", Map.of())
            : JsonSchemaElementUtils.toMap(tool.parameters()));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("type", "function");
    fields.put("function", function);
    return fields;
  }
}
