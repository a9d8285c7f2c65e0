package deepseek.text.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Merges schemas that all have to hold into one, where that is possible keyword by keyword. */
final class SchemaMerge {
  private static final int MAX_MERGES = 1000;
  private static final String UNIQUE = "uniqueItems";

  /** Finds what a {@code $ref} refers to. */
  interface Targets {
    /** The schema at a pointer, which is referred to at {@code path}. */
    JsonNode target(String pointer, String path);
  }

  private final Targets targets;
  private int merges;

  SchemaMerge(Targets targets) {
    this.targets = targets;
  }

  /** The same schema without {@code $ref} and {@code allOf}. */
  ObjectNode flat(ObjectNode schema, String path) {
    if (++merges > MAX_MERGES) {
      throw SchemaRules.refuse(path, "allOf without endless $refs", "more than " + MAX_MERGES);
    }
    ObjectNode merged = SchemaRules.without(SchemaRules.without(schema, "$ref"), "allOf");
    if (schema.has("$ref")) {
      merged = both(merged, targets.target(schema.path("$ref").asText(), path), path);
    }
    if (schema.has("allOf")) {
      for (JsonNode part : SchemaRules.list(schema, "allOf", path)) {
        merged = both(merged, part, path);
      }
    }
    return merged;
  }

  /** The schema of what satisfies both. */
  ObjectNode both(ObjectNode first, JsonNode second, String path) {
    if (second.isBoolean()) {
      if (!second.booleanValue()) {
        throw SchemaRules.unsatisfiable(path, "false");
      }
      return first;
    }
    ObjectNode a = flat(first, path);
    ObjectNode b = flat(SchemaRules.object(second, path), path);
    ObjectNode merged = a.objectNode();
    merged.setAll(b); // unsupported keywords stay, and are refused later
    merged.setAll(a);
    if (b.path(UNIQUE).asBoolean()) {
      merged.put(UNIQUE, true);
    }
    for (String keyword : SchemaRules.constraints(a)) {
      if (b.has(keyword) && !a.path(keyword).equals(b.path(keyword))) {
        merged.set(keyword, merged(keyword, a.path(keyword), b.path(keyword), path));
      }
    }
    separate(a, b, path);
    separate(b, a, path);
    return merged;
  }

  /** Refuses keywords of one schema that would change the meaning of others in the other. */
  private static void separate(ObjectNode a, ObjectNode b, String path) {
    JsonNode more = a.path("additionalProperties");
    boolean open = more.isMissingNode() || (more.isBoolean() && more.booleanValue());
    Set<String> names = names(b);
    names.removeAll(names(a));
    if (!open && !names.isEmpty()) {
      throw SchemaRules.refuse(
          path, "additionalProperties in allOf with the same properties", "also " + names);
    }
    if (a.has("items") && b.has("prefixItems") != a.has("prefixItems")) {
      conflict("items next to prefixItems", path);
    }
    if (a.path("nullable").asBoolean()) {
      conflict("nullable", path);
    }
  }

  private static Set<String> names(ObjectNode schema) {
    Set<String> names = new HashSet<>();
    schema.path("properties").fieldNames().forEachRemaining(names::add);
    return names;
  }

  private JsonNode merged(String keyword, JsonNode a, JsonNode b, String path) {
    return switch (keyword) {
      case "properties" -> properties(a, b, path);
      case "required" -> {
        Set<JsonNode> names = new LinkedHashSet<>();
        a.forEach(names::add);
        b.forEach(names::add);
        yield array(names);
      }
      case "items" -> allOf(a, b);
      case "additionalProperties" ->
          a.isBoolean()
              ? (a.booleanValue() ? b : a)
              : b.isBoolean() && b.booleanValue() ? a : conflict(keyword, path);
      case "type" -> types(a, b, path);
      case "enum" -> {
        Set<JsonNode> values = new LinkedHashSet<>();
        a.forEach(values::add);
        Set<JsonNode> others = new HashSet<>();
        b.forEach(others::add);
        values.retainAll(others);
        yield array(values);
      }
      case "minimum", "exclusiveMinimum", "minLength", "minItems" ->
          number(a, path).decimalValue().compareTo(number(b, path).decimalValue()) > 0 ? a : b;
      case "maximum", "exclusiveMaximum", "maxLength", "maxItems" ->
          number(a, path).decimalValue().compareTo(number(b, path).decimalValue()) < 0 ? a : b;
      default -> conflict(keyword, path);
    };
  }

  private static JsonNode number(JsonNode value, String path) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw SchemaRules.refuse(path, "numbers as bounds", value.toString());
    }
    return value;
  }

  private static JsonNode conflict(String keyword, String path) {
    throw SchemaRules.refuse(path, "one " + keyword + " of all that have to hold", "several");
  }

  private static ObjectNode properties(JsonNode a, JsonNode b, String path) {
    ObjectNode all = SchemaRules.object(a, path).deepCopy();
    for (Map.Entry<String, JsonNode> entry : SchemaRules.object(b, path).properties()) {
      JsonNode known = all.get(entry.getKey());
      all.set(entry.getKey(), known == null ? entry.getValue() : allOf(known, entry.getValue()));
    }
    return all;
  }

  private static JsonNode allOf(JsonNode a, JsonNode b) {
    ObjectNode both = JsonNodeFactory.instance.objectNode();
    both.putArray("allOf").add(a).add(b);
    return both;
  }

  private static ArrayNode array(Iterable<JsonNode> values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(array::add);
    return array;
  }

  private static JsonNode types(JsonNode a, JsonNode b, String path) {
    Set<JsonNode> common = new LinkedHashSet<>();
    for (JsonNode one : a.isArray() ? a : List.of(a)) {
      for (JsonNode other : b.isArray() ? b : List.of(b)) {
        if (one.equals(other)) {
          common.add(one);
        } else if (Set.of("number", "integer")
            .equals(new HashSet<>(List.of(one.asText(), other.asText())))) {
          common.add(one.asText().equals("integer") ? one : other);
        }
      }
    }
    if (common.isEmpty()) {
      throw SchemaRules.unsatisfiable(path, "types " + a + " and " + b);
    }
    return array(common);
  }
}
