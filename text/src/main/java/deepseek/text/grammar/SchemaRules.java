package deepseek.text.grammar;

import static deepseek.text.grammar.Expression.UNBOUNDED;
import static deepseek.text.grammar.Expression.optional;
import static deepseek.text.grammar.Expression.sequence;
import static deepseek.text.grammar.Expression.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Translates a JSON schema to rules; each object, array and {@code $ref} is one. */
final class SchemaRules {
  private static final int MAX_DEPTH = 100;
  private static final int MAX_SCHEMAS = 20_000;
  private static final int MAX_COUNT = 1_000_000;
  private static final int MAX_BOUND_DIGITS = 40;
  private static final int MAX_NAME = 200;

  /** Constraints by the type that they apply to. */
  private static final Map<String, Set<String>> OF_TYPE = new LinkedHashMap<>();

  static {
    OF_TYPE.put("object", Set.of("properties", "required", "additionalProperties"));
    OF_TYPE.put("array", Set.of("items", "prefixItems", "minItems", "maxItems"));
    OF_TYPE.put("string", Set.of("minLength", "maxLength", "pattern", "format"));
    OF_TYPE.put("number", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"));
  }

  private static final List<String> TYPES =
      List.of("object", "array", "string", "number", "integer", "boolean", "null");

  private static final Set<String> GENERAL =
      Set.of("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "nullable");

  private static final Set<String> LITERAL = Set.of("enum", "const", "type");

  private static final String DATE =
      "([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
          + "|02-(0[1-9]|1[0-9]|2[0-8]))"
          + "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";
  private static final String TIME =
      "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?"
          + "(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])";
  private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

  private static final Map<String, String> FORMATS =
      Map.of(
          "date",
          DATE,
          "time",
          TIME,
          "date-time",
          DATE + "T" + TIME,
          "uuid",
          "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
          "email",
          "[A-Za-z0-9_+-]{1,32}(\\.[A-Za-z0-9_+-]{1,15}){0,2}@" + LABEL + "(\\." + LABEL + "){1,3}",
          "ipv4",
          OCTET + "(\\." + OCTET + "){3}");

  /** A schema that is referred to, until it is translated. */
  private record Pending(String rule, JsonNode schema, String path) {}

  private final JsonNode root;
  private final Map<String, Expression> rules = new LinkedHashMap<>();
  private final Deque<Pending> pending = new ArrayDeque<>();
  private int schemas;
  private int lists;

  SchemaRules(JsonNode root) {
    this.root = root;
  }

  /** The rules, root first. */
  Map<String, Expression> rules() {
    rules.put("root", reference("#", "#"));
    while (!pending.isEmpty()) {
      Pending next = pending.pop();
      rules.put(next.rule, value(next.schema, next.path, 0));
    }
    rules.putAll(JsonRules.shared());
    return rules;
  }

  private Expression value(JsonNode schema, String path, int depth) {
    if (depth > MAX_DEPTH) {
      throw refuse(path, "schemas nested at most " + MAX_DEPTH + " deep", "deeper ones");
    }
    if (++schemas > MAX_SCHEMAS) {
      throw refuse(path, "at most " + MAX_SCHEMAS + " schemas, $refs in allOf copied", "more");
    }
    if (schema.isBoolean()) {
      if (!schema.booleanValue()) {
        throw unsatisfiable(path, "false");
      }
      return JsonRules.VALUE;
    }
    ObjectNode all = object(schema, path);
    checkKeywords(all, path);
    if (all.path("nullable").asBoolean()) {
      return new Expression.Choice(
          List.of(value(without(all, "nullable"), path, depth + 1), JsonRules.NULL));
    }
    if (all.has("$ref") && constraints(all).size() == 1) {
      return reference(all.path("$ref").asText(), path);
    }
    if (all.has("$ref") || all.has("allOf")) {
      return value(new SchemaMerge(this::target).flat(all, path), path, depth + 1);
    }
    for (String keyword : List.of("anyOf", "oneOf")) {
      if (all.has(keyword)) {
        return options(all, keyword, path, depth);
      }
    }
    if (all.has("enum") || all.has("const")) {
      return literals(all, path);
    }
    return typed(all, path, depth);
  }

  private Expression options(ObjectNode all, String keyword, String path, int depth) {
    ObjectNode rest = without(all, keyword);
    List<Expression> options = new ArrayList<>();
    int i = 0;
    for (JsonNode option : list(all, keyword, path)) {
      String place = path + "/" + keyword + "/" + i++;
      JsonNode merged =
          constraints(rest).isEmpty()
              ? option
              : new SchemaMerge(this::target).both(rest, option, place);
      options.add(value(merged, place, depth + 1));
    }
    if (options.isEmpty()) {
      throw unsatisfiable(path, "an empty " + keyword);
    }
    return new Expression.Choice(options);
  }

  private Expression literals(ObjectNode all, String path) {
    for (String keyword : constraints(all)) {
      if (!LITERAL.contains(keyword)) {
        throw refuse(path, "no " + keyword + " next to enum or const", "one");
      }
    }
    List<String> types = types(all, path);
    JsonNode constant = all.get("const");
    Iterable<JsonNode> values =
        all.has("enum") ? list(all, "enum", path) : List.of(all.path("const"));
    Set<String> texts = new LinkedHashSet<>();
    for (JsonNode value : values) {
      boolean isConstant = constant == null || constant.equals(value);
      if (isConstant && (types.isEmpty() || types.stream().anyMatch(t -> isOf(value, t)))) {
        texts.add(value.toString());
      }
    }
    if (texts.isEmpty()) {
      throw unsatisfiable(path, "no value of enum or const that has the type");
    }
    return new Expression.Choice(texts.stream().map(Expression::text).toList());
  }

  private static boolean isOf(JsonNode value, String type) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "number" -> value.isNumber();
      case "integer" -> value.isIntegralNumber();
      case "boolean" -> value.isBoolean();
      default -> value.isNull();
    };
  }

  private Expression typed(ObjectNode all, String path, int depth) {
    List<String> types = types(all, path);
    if (types.isEmpty()) {
      OF_TYPE.forEach(
          (type, keywords) -> {
            if (constraints(all).stream().anyMatch(keywords::contains)) {
              types.add(type);
            }
          });
    }
    if (types.isEmpty()) {
      return JsonRules.VALUE;
    }
    List<Expression> options = new ArrayList<>();
    for (String type : types) {
      options.add(
          switch (type) {
            case "object" -> objects(all, path, depth);
            case "array" -> arrays(all, path, depth);
            case "string" -> strings(all, path);
            case "number" -> numbers(all, path);
            case "integer" -> integers(all, path);
            case "boolean" -> JsonRules.BOOLEAN;
            default -> JsonRules.NULL;
          });
    }
    return new Expression.Choice(options);
  }

  private static List<String> types(ObjectNode all, String path) {
    List<String> types = new ArrayList<>();
    JsonNode type = all.path("type");
    for (JsonNode one : type.isArray() ? type : List.of(type)) {
      if (!one.isMissingNode()) {
        if (!TYPES.contains(one.asText())) {
          throw refuse(path, "a type of JSON schema", one.toString());
        }
        types.add(one.asText());
      }
    }
    if (types.isEmpty() && all.has("type")) {
      throw unsatisfiable(path, "an empty list of types");
    }
    return types;
  }

  // Objects

  private Expression objects(ObjectNode all, String path, int depth) {
    JsonNode properties = all.has("properties") ? object(all.path("properties"), path) : null;
    Map<String, JsonNode> schemas = new LinkedHashMap<>();
    if (properties != null) {
      properties.properties().forEach(entry -> schemas.put(entry.getKey(), entry.getValue()));
    }
    JsonNode more = all.get("additionalProperties");
    boolean closed = more != null && more.isBoolean() && !more.booleanValue();
    Set<String> required = new LinkedHashSet<>();
    for (JsonNode name : all.has("required") ? list(all, "required", path) : List.<JsonNode>of()) {
      required.add(name.asText());
      if (!schemas.containsKey(name.asText())) {
        if (closed) {
          throw unsatisfiable(path, "the required property '" + name.asText() + "' forbidden");
        }
        schemas.put(name.asText(), more == null ? BooleanNode.TRUE : more);
      }
    }
    boolean open = more != null ? !closed : schemas.isEmpty();
    Expression extra =
        open
            ? pair(
                JsonRules.nameOtherThan(checkedNames(schemas.keySet(), path)),
                more == null
                    ? JsonRules.VALUE
                    : value(more, path + "/additionalProperties", depth + 1))
            : null;
    List<Expression> pairs = new ArrayList<>();
    List<Boolean> needed = new ArrayList<>();
    schemas.forEach(
        (name, schema) -> {
          // A property that can't have a value can only be left out.
          if (!schema.isBoolean() || schema.booleanValue() || required.contains(name)) {
            Expression quoted = JsonRules.string(JsonRules.escaped(text(name)));
            String place = path + "/properties/" + name.replace("~", "~0").replace("/", "~1");
            pairs.add(pair(quoted, value(schema, place, depth + 1)));
            needed.add(required.contains(name));
          }
        });
    return rule(path, JsonRules.enclosed("{", members(path, pairs, needed, extra), "}"));
  }

  private static Set<String> checkedNames(Set<String> names, String path) {
    for (String name : names) {
      if (name.length() > MAX_NAME) {
        throw refuse(
            path, "names of " + MAX_NAME + " characters next to additionalProperties", name);
      }
    }
    return names;
  }

  private static Expression pair(Expression name, Expression value) {
    return sequence(JsonRules.GAP, name, JsonRules.COLON, value);
  }

  /** The properties in order, those that aren't needed optional, then any number of extra ones. */
  private Expression members(
      String path, List<Expression> pairs, List<Boolean> needed, @Nullable Expression extra) {
    Expression none = Expression.EMPTY;
    Expression tail = extra == null ? none : JsonRules.following(extra, 0, UNBOUNDED);
    List<Expression> rests = rests(path, pairs.size(), tail);
    for (int i = 1; i < pairs.size(); i++) {
      Expression next = sequence(text(","), pairs.get(i));
      define(rests.get(i), sequence(needed.get(i) ? next : optional(next), rests.get(i + 1)));
    }
    List<Expression> options = new ArrayList<>();
    boolean canBeEmpty = true;
    for (int i = 0; i < pairs.size() && canBeEmpty; i++) {
      options.add(sequence(pairs.get(i), rests.get(i + 1)));
      canBeEmpty = !needed.get(i);
    }
    if (canBeEmpty) {
      options.add(extra == null ? none : JsonRules.listed(extra, 0, UNBOUNDED));
    }
    return new Expression.Choice(options);
  }

  /** References to rules for what follows the first, second, ... of some items; then the tail. */
  private List<Expression> rests(String path, int items, Expression tail) {
    int list = ++lists;
    List<Expression> rests = new ArrayList<>();
    for (int i = 0; i < items; i++) {
      String name = path + " list " + list + " from " + i;
      if (i > 0) {
        rules.put(name, Expression.EMPTY);
      }
      rests.add(new Expression.Reference(name));
    }
    rests.add(tail);
    return rests;
  }

  private void define(Expression reference, Expression body) {
    if (reference instanceof Expression.Reference(String rule)) {
      rules.put(rule, body);
    }
  }

  // Arrays

  private Expression arrays(ObjectNode all, String path, int depth) {
    int min = count(all, "minItems", 0, path);
    int max = count(all, "maxItems", UNBOUNDED, path);
    JsonNode items = all.path("items");
    if (items.isArray()) {
      throw refuse(path + "/items", "one schema, and prefixItems for a tuple", "a list");
    }
    List<Expression> first = new ArrayList<>();
    if (all.has("prefixItems")) {
      for (JsonNode item : list(all, "prefixItems", path)) {
        if (first.size() < max) {
          String place = path + "/prefixItems/" + first.size();
          first.add(sequence(JsonRules.GAP, value(item, place, depth + 1)));
        }
      }
    }
    int prefix = first.size();
    boolean closed = items.isBoolean() && !items.booleanValue();
    int most = closed ? Math.min(max, prefix) : max;
    if (min > most) {
      throw unsatisfiable(path, "at least " + min + " and at most " + most + " items");
    }
    Expression item =
        most <= prefix
            ? Expression.EMPTY
            : sequence(
                JsonRules.GAP,
                items.isMissingNode() ? JsonRules.VALUE : value(items, path + "/items", depth + 1));
    int rest = JsonRules.less(most, prefix);
    if (first.isEmpty()) {
      return rule(path, JsonRules.enclosed("[", JsonRules.listed(item, min, rest), "]"));
    }
    Expression tail =
        rest == 0 ? Expression.EMPTY : JsonRules.following(item, Math.max(0, min - prefix), rest);
    List<Expression> rests = rests(path, prefix, tail);
    for (int i = 1; i < prefix; i++) {
      Expression next = sequence(text(","), first.get(i), rests.get(i + 1));
      define(rests.get(i), i < min ? next : optional(next));
    }
    Expression start = sequence(first.getFirst(), rests.get(1));
    return rule(path, JsonRules.enclosed("[", min > 0 ? start : optional(start), "]"));
  }

  // Strings and numbers

  private static Expression strings(ObjectNode all, String path) {
    int min = count(all, "minLength", 0, path);
    int max = count(all, "maxLength", UNBOUNDED, path);
    if (min > max) {
      throw unsatisfiable(path, "minLength above maxLength");
    }
    boolean counted = all.has("minLength") || all.has("maxLength");
    boolean pattern = all.has("pattern");
    boolean format = all.has("format");
    if ((counted ? 1 : 0) + (pattern ? 1 : 0) + (format ? 1 : 0) > 1) {
      throw refuse(path, "one of lengths, pattern and format", "several; use a pattern");
    }
    if (pattern) {
      try {
        Expression content = RegexParser.anywhere(all.path("pattern").asText());
        return JsonRules.string(JsonRules.escaped(content));
      } catch (DataException e) {
        throw new DataException(
            "read JSON schema",
            "a pattern of the supported kind at " + path,
            e.complaint(),
            "simplify the pattern",
            e);
      }
    }
    if (format) {
      String regex = FORMATS.get(all.path("format").asText());
      if (regex == null) {
        throw refuse(
            path,
            "a format of " + String.join(", ", FORMATS.keySet().stream().sorted().toList()),
            all.path("format").toString());
      }
      return JsonRules.string(RegexParser.whole(regex));
    }
    return counted
        ? JsonRules.string(new Expression.Repeat(JsonRules.CHARACTER, min, max))
        : JsonRules.STRING;
  }

  private static Expression numbers(ObjectNode all, String path) {
    for (String keyword : constraints(all)) {
      if (OF_TYPE.getOrDefault("number", Set.of()).contains(keyword)) {
        throw refuse(path, "no " + keyword + " of a number, only of an integer", "one");
      }
    }
    return JsonRules.NUMBER;
  }

  private static Expression integers(ObjectNode all, String path) {
    BigInteger min = null;
    BigInteger max = null;
    for (String keyword : constraints(all)) {
      switch (keyword) {
        case "minimum" -> min = higher(min, bound(all, keyword, RoundingMode.CEILING, path));
        case "exclusiveMinimum" ->
            min = higher(min, bound(all, keyword, RoundingMode.FLOOR, path).add(BigInteger.ONE));
        case "maximum" -> max = lower(max, bound(all, keyword, RoundingMode.FLOOR, path));
        case "exclusiveMaximum" ->
            max =
                lower(
                    max, bound(all, keyword, RoundingMode.CEILING, path).subtract(BigInteger.ONE));
        default -> {}
      }
    }
    BigInteger limit = limit(min).max(limit(max));
    IntegerRange range =
        new IntegerRange(min == null ? limit.negate() : min, max == null ? limit : max);
    if (range.min().compareTo(range.max()) > 0) {
      throw unsatisfiable(path, "at least " + range.min() + " and at most " + range.max());
    }
    return range.expression();
  }

  private static BigInteger higher(@Nullable BigInteger a, BigInteger b) {
    return a == null ? b : a.max(b);
  }

  private static BigInteger lower(@Nullable BigInteger a, BigInteger b) {
    return a == null ? b : a.min(b);
  }

  /** The largest number where none is given: of 16 digits, or one more than the other bound has. */
  private static BigInteger limit(@Nullable BigInteger other) {
    int digits = other == null ? 0 : other.abs().toString().length() + 1;
    return BigInteger.TEN.pow(Math.max(JsonRules.MAX_DIGITS, digits)).subtract(BigInteger.ONE);
  }

  private static BigInteger bound(
      ObjectNode all, String keyword, RoundingMode rounding, String path) {
    JsonNode value = all.path(keyword);
    boolean finite = value.isNumber() && Double.isFinite(value.doubleValue());
    BigDecimal bound = finite ? value.decimalValue() : BigDecimal.ZERO;
    if (!finite || Math.abs((long) bound.precision() - bound.scale()) > MAX_BOUND_DIGITS) {
      throw refuse(
          path + "/" + keyword, "a number of " + MAX_BOUND_DIGITS + " digits", value.toString());
    }
    return bound.setScale(0, rounding).toBigInteger();
  }

  private static int count(ObjectNode all, String keyword, int missing, String path) {
    JsonNode value = all.path(keyword);
    if (value.isMissingNode()) {
      return missing;
    }
    boolean whole = value.isIntegralNumber() && value.canConvertToInt();
    if (!whole || value.intValue() < 0 || value.intValue() > MAX_COUNT) {
      throw refuse(path + "/" + keyword, "a whole number from 0 to " + MAX_COUNT, value.toString());
    }
    return value.intValue();
  }

  // References

  private Expression rule(String path, Expression body) {
    String name = path;
    for (int i = 2; rules.containsKey(name); i++) {
      name = path + " (" + i + ")";
    }
    rules.put(name, body);
    return new Expression.Reference(name);
  }

  private Expression reference(String pointer, String path) {
    String rule = "$ref " + pointer;
    if (!rules.containsKey(rule)) {
      rules.put(rule, Expression.EMPTY);
      pending.add(new Pending(rule, target(pointer, path), pointer));
    }
    return new Expression.Reference(rule);
  }

  private JsonNode target(String pointer, String path) {
    JsonNode found =
        pointer.equals("#")
            ? root
            : pointer.startsWith("#/") ? root.at(pointer.substring(1)) : root.path("");
    if (found.isMissingNode()) {
      throw refuse(path, "a $ref to a schema of this document, such as #/$defs/name", pointer);
    }
    return found;
  }

  // Keywords

  /** Keywords of a schema that restrict it. */
  static Set<String> constraints(ObjectNode schema) {
    Set<String> found = new LinkedHashSet<>();
    schema
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (isConstraint(name)) {
                found.add(name);
              }
            });
    return found;
  }

  private static boolean isConstraint(String keyword) {
    return GENERAL.contains(keyword)
        || OF_TYPE.values().stream().anyMatch(keywords -> keywords.contains(keyword));
  }

  private static final Set<String> ANNOTATIONS =
      new HashSet<>(
          List.of(
              "title",
              "description",
              "default",
              "examples",
              "example",
              "deprecated",
              "readOnly",
              "writeOnly",
              "contentEncoding",
              "contentMediaType",
              "discriminator",
              "$schema",
              "$id",
              "$comment",
              "$defs",
              "definitions"));

  private static void checkKeywords(ObjectNode schema, String path) {
    schema
        .properties()
        .forEach(
            entry -> {
              String name = entry.getKey();
              boolean same = name.equals("uniqueItems") && !entry.getValue().asBoolean();
              if (!isConstraint(name)
                  && !ANNOTATIONS.contains(name)
                  && !name.startsWith("x-")
                  && !same) {
                throw refuse(path, "supported keywords", "'" + name + "'");
              }
            });
  }

  static ObjectNode object(JsonNode schema, String path) {
    if (schema instanceof ObjectNode object) {
      return object;
    }
    throw refuse(path, "an object", schema.getNodeType().toString());
  }

  static JsonNode list(ObjectNode schema, String keyword, String path) {
    JsonNode list = schema.path(keyword);
    if (!list.isArray()) {
      throw refuse(path + "/" + keyword, "a list", list.getNodeType().toString());
    }
    return list;
  }

  static ObjectNode without(ObjectNode schema, String keyword) {
    ObjectNode rest = schema.objectNode();
    rest.setAll(schema);
    rest.remove(keyword);
    return rest;
  }

  static DataException refuse(String path, String expected, String got) {
    return new DataException(
        "read JSON schema", expected + " at " + path, got, "change the schema");
  }

  static DataException unsatisfiable(String path, String got) {
    return refuse(path, "a schema that some value satisfies", got);
  }
}
