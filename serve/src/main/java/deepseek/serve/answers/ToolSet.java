package deepseek.serve.answers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.serve.http.Fields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The tools of a request.
 *
 * @param named the one that must be called
 * @param mostCalls in one answer
 */
public record ToolSet(List<Tool> tools, Choice choice, Optional<String> named, int mostCalls) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
  private static final int MOST = 128;

  /** Whether the model calls one. */
  public enum Choice {
    /** As it likes. */
    AUTO,
    /** It must not. */
    NONE,
    /** It must. */
    REQUIRED
  }

  /**
   * One of them.
   *
   * @param parameters a JSON schema
   */
  public record Tool(String name, String description, JsonNode parameters) {
    /** As templates take it. */
    Map<String, ?> plain() {
      ObjectNode tool = JsonNodeFactory.instance.objectNode().put("type", "function");
      ObjectNode function = tool.putObject("function");
      function.put("name", name).put("description", description).set("parameters", parameters);
      return Messages.plain(tool);
    }
  }

  /** No tools. */
  public static final ToolSet EMPTY = new ToolSet(List.of(), Choice.NONE, Optional.empty(), 0);

  /** Reads {@code tools}, of which each is a function, and {@code tool_choice}. */
  public static ToolSet read(Fields body) {
    List<Tool> tools = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Fields fields : body.objects("tools")) {
      Tool tool = tool(fields);
      if (!names.add(tool.name()) || tools.size() == MOST) {
        throw body.refused(
            "tools", "at most " + MOST + ", each with a name of its own", "'" + tool.name() + "'");
      }
      tools.add(tool);
    }
    int mostCalls = body.flag("parallel_tool_calls", true) ? Integer.MAX_VALUE : 1;
    return chosen(body, tools, names).withMostCalls(mostCalls);
  }

  /** Chat completions nest the function, responses don't. */
  private static Tool tool(Fields fields) {
    fields.word("type", List.of("function"));
    Fields function = fields.object("function").orElse(fields);
    String name = function.text("name");
    if (!NAME.matcher(name).matches()) {
      throw function.refused("name", "letters, digits, _, - and ., 64 at most", "another name");
    }
    JsonNode parameters =
        function
            .object("parameters")
            .<JsonNode>map(Fields::json)
            .filter(schema -> !schema.isEmpty())
            .orElseGet(() -> JsonNodeFactory.instance.objectNode().put("type", "object"));
    return new Tool(name, function.optionalText("description").orElse(""), parameters);
  }

  private static ToolSet chosen(Fields body, List<Tool> tools, Set<String> names) {
    Optional<JsonNode> choice = body.value("tool_choice");
    if (choice.isPresent() && choice.get().isTextual()) {
      String word = body.word("tool_choice", List.of("auto", "none", "required")).orElse("auto");
      if (word.equals("required") && tools.isEmpty()) {
        throw body.refused("tool_choice", "auto or none, as there are no tools", word);
      }
      return switch (word) {
        case "required" -> new ToolSet(tools, Choice.REQUIRED, Optional.empty(), 1);
        case "none" -> new ToolSet(tools, Choice.NONE, Optional.empty(), 0);
        default -> automatic(tools);
      };
    }
    if (choice.isEmpty()) {
      return automatic(tools);
    }
    Fields object = body.requiredObject("tool_choice");
    String name = object.object("function").orElse(object).text("name");
    if (!names.contains(name)) {
      throw body.refused("tool_choice", "one of the tools " + names, "'" + name + "'");
    }
    return new ToolSet(tools, Choice.REQUIRED, Optional.of(name), 1);
  }

  private static ToolSet automatic(List<Tool> tools) {
    return tools.isEmpty() ? EMPTY : new ToolSet(tools, Choice.AUTO, Optional.empty(), 1);
  }

  private ToolSet withMostCalls(int most) {
    return new ToolSet(tools, choice, named, most);
  }

  /** The tools that the model may call. */
  List<Tool> callable() {
    return choice == Choice.NONE
        ? List.of()
        : tools.stream()
            .filter(tool -> named.isEmpty() || named.get().equals(tool.name()))
            .toList();
  }

  /** The names of these. */
  Set<String> callableNames() {
    return callable().stream().map(Tool::name).collect(Collectors.toSet());
  }

  /**
   * The schema of a call of one of them: {@code {"name": ..., "arguments": ...}}.
   *
   * @param arguments what the family calls the arguments
   */
  ObjectNode callSchema(String arguments) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ObjectNode shared = JsonNodeFactory.instance.objectNode();
    List<JsonNode> calls = new ArrayList<>();
    for (Tool tool : callable()) {
      ObjectNode call = JsonNodeFactory.instance.objectNode().put("type", "object");
      ObjectNode properties = call.putObject("properties");
      properties.putObject("name").put("const", tool.name());
      properties.set(arguments, moved(tool.parameters(), calls.size(), shared));
      call.putArray("required").add("name").add(arguments);
      call.put("additionalProperties", false);
      calls.add(call);
    }
    root.putArray("anyOf").addAll(calls);
    if (!shared.isEmpty()) {
      root.set("$defs", shared);
    }
    return root;
  }

  /** A schema within another: its definitions move to the root, under names of their own. */
  private static JsonNode moved(JsonNode schema, int index, ObjectNode shared) {
    if (!(schema instanceof ObjectNode object)) {
      return schema;
    }
    ObjectNode copy = object.deepCopy();
    for (String keyword : List.of("$defs", "definitions")) {
      if (copy.remove(keyword) instanceof ObjectNode definitions) {
        definitions
            .properties()
            .forEach(
                entry ->
                    shared.set(index + "." + entry.getKey(), renamed(entry.getValue(), index)));
      }
    }
    return renamed(copy, index);
  }

  private static JsonNode renamed(JsonNode node, int index) {
    if (node instanceof ObjectNode object) {
      JsonNode reference = object.get("$ref");
      if (reference != null && reference.isTextual()) {
        object.put(
            "$ref",
            reference
                .textValue()
                .replaceFirst("^#/(\\$defs|definitions)/", "#/\\$defs/" + index + "."));
      }
    }
    node.forEach(child -> renamed(child, index));
    return node;
  }
}
