package deepseek.models;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;

/**
 * JSON schemas of what {@code Grammar.ofJsonSchema} supports, chosen at random. Every text, array
 * and object of them has a most length, so that an answer ends however much a model babbles.
 */
final class RandomSchemas {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> NAMES = List.of("a", "ab", "größe \"x\"", "b/c~d", "list");
  private static final List<String> PATTERNS =
      List.of("^[A-Z]{2}\\d{1,4}$", "^(x\"y|\\\\){1,3}$", "^[^a]{1,5}$", "^(ab?|é|\\]){2,6}$");

  /** All but email, of which the validator knows only registered domains. */
  private static final List<String> FORMATS = List.of("date", "time", "date-time", "uuid", "ipv4");

  private final Random random;

  RandomSchemas(long seed) {
    random = new Random(seed);
  }

  /** The next one, an object as a rule. */
  ObjectNode next() {
    ObjectNode schema = random.nextInt(4) == 0 ? value(3) : object(3);
    ObjectNode point = schema.putObject("$defs").putObject("point").put("type", "object");
    ObjectNode places = point.putObject("properties");
    places.set("x", integer());
    places.set("y", type("number"));
    point.put("additionalProperties", false).putArray("required").add("x").add("y");
    return schema;
  }

  private ObjectNode value(int depth) {
    ObjectNode made =
        switch (random.nextInt(depth > 0 ? 13 : 8)) {
          case 0, 1 -> text();
          case 2 -> type("string").put("pattern", any(PATTERNS));
          case 3 -> type("string").put("format", any(FORMATS));
          case 4 -> types();
          case 5 -> integer();
          case 6 -> values();
          case 7 -> JSON.objectNode().put("$ref", "#/$defs/point");
          case 8, 9 -> object(depth);
          case 10 -> array(depth);
          case 11 -> tuple(depth);
          default -> options(depth);
        };
    return made.has("$ref") || random.nextInt(10) > 0 ? made : orNull(made);
  }

  private static ObjectNode orNull(ObjectNode schema) {
    ObjectNode either = JSON.objectNode();
    either.putArray("anyOf").add(schema).add(type("null"));
    return either;
  }

  private static ObjectNode type(String name) {
    return JSON.objectNode().put("type", name);
  }

  private String any(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  private ObjectNode text() {
    int least = random.nextInt(5);
    ObjectNode text = type("string").put("maxLength", least + random.nextInt(12));
    return random.nextBoolean() ? text.put("minLength", least) : text;
  }

  private ObjectNode types() {
    ObjectNode several = JSON.objectNode();
    several.putArray("type").add("number").add("null").add("boolean");
    return several;
  }

  /** Its bounds are written with a point: the validator fails on 1e60 where they are integers. */
  private ObjectNode integer() {
    ObjectNode number = type("integer");
    double least = random.nextInt(4000) - 2000;
    double most = least + random.nextInt(3000);
    switch (random.nextInt(4)) {
      case 0 -> number.put("minimum", least);
      case 1 -> number.put("exclusiveMaximum", most + 0.5);
      case 2 -> number.put("exclusiveMinimum", least - 1).put("maximum", most);
      default -> number.put("minimum", least).put("maximum", most);
    }
    return number;
  }

  private ObjectNode values() {
    ObjectNode few = JSON.objectNode();
    if (random.nextInt(3) == 0) {
      return few.put("const", "fixed \"é\"");
    }
    few.putArray("enum").add("a\"b").add(1.5).addNull().add("a").add(true);
    return few;
  }

  private ObjectNode object(int depth) {
    ObjectNode object = type("object").put("additionalProperties", false);
    ObjectNode properties = object.putObject("properties");
    ArrayNode required = object.putArray("required");
    for (String name : NAMES) {
      if (random.nextBoolean()) {
        properties.set(name, value(depth - 1));
        if (random.nextInt(3) > 0) {
          required.add(name);
        }
      }
    }
    return object;
  }

  private ObjectNode array(int depth) {
    int least = random.nextInt(3);
    ObjectNode array = type("array").put("minItems", least);
    array.put("maxItems", least + random.nextInt(3)).set("items", value(depth - 1));
    return array;
  }

  private ObjectNode tuple(int depth) {
    ObjectNode tuple = type("array").put("items", false);
    ArrayNode places = tuple.putArray("prefixItems");
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      places.add(value(depth - 1));
    }
    return tuple.put("minItems", random.nextInt(count + 1));
  }

  private ObjectNode options(int depth) {
    ObjectNode either = JSON.objectNode();
    either.putArray("anyOf").add(value(depth - 1)).add(value(depth - 1));
    return either;
  }
}
