package deepseek.springai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.models.ModelException;
import deepseek.text.grammar.Grammar;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.tool.definition.ToolDefinition;

/** Schemas: the forms of answers and the parameters of tools. */
final class Schemas {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<Map<String, @Nullable Object>> PLAIN =
      new TypeReference<>() {};

  private Schemas() {}

  /** The grammar of the JSON texts that are valid by a schema. */
  static Grammar grammar(String schema) {
    return Grammar.ofJsonSchema(parsed("the output schema", schema));
  }

  /** A tool with the fields of OpenAI's API, which chat templates take. */
  static Map<String, Object> tool(ToolDefinition tool) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", tool.name());
    function.put("description", tool.description());
    function.put(
        "parameters",
        JSON.convertValue(
            parsed("the schema of '" + tool.name() + "'", tool.inputSchema()), PLAIN));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("type", "function");
    fields.put("function", function);
    return fields;
  }

  private static JsonNode parsed(String what, String json) {
    try {
      JsonNode schema = JSON.readTree(json);
      if (schema.isObject()) {
        return schema;
      }
    } catch (JsonProcessingException e) {
      throw noSchema(what, e.getOriginalMessage());
    }
    throw noSchema(what, "other JSON");
  }

  private static ModelException noSchema(String what, String got) {
    return new ModelException("read " + what, "a JSON object", got, "pass a JSON schema");
  }
}
