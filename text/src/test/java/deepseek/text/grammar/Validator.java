package deepseek.text.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/** Whether a value satisfies a JSON schema; written for the tests, by the specification alone. */
record Validator(JsonNode root) {
  boolean valid(JsonNode s, JsonNode v) {
    if (s.isBoolean()) {
      return s.booleanValue();
    }
    if (s.path("nullable").asBoolean() && v.isNull()) {
      return true;
    }
    boolean ok = !s.has("$ref") || valid(root.at(s.path("$ref").asText().substring(1)), v);
    ok &= !s.has("type") || type(s.path("type"), v);
    ok &= !s.has("const") || s.path("const").equals(v);
    ok &= !s.has("enum") || among(s.path("enum"), v);
    for (JsonNode part : s.path("allOf")) {
      ok &= valid(part, v);
    }
    for (String any : List.of("anyOf", "oneOf")) {
      boolean found = !s.has(any);
      for (JsonNode part : s.path(any)) {
        found |= valid(part, v);
      }
      ok &= found;
    }
    return ok
        && (!v.isObject() || object(s, v))
        && (!v.isArray() || array(s, v))
        && (!v.isTextual() || string(s, v.textValue()))
        && (!v.isNumber() || number(s, v));
  }

  private static boolean among(JsonNode values, JsonNode v) {
    for (JsonNode value : values) {
      if (value.equals(v)) {
        return true;
      }
    }
    return false;
  }

  private static boolean type(JsonNode type, JsonNode v) {
    if (type.isArray()) {
      for (JsonNode one : type) {
        if (type(one, v)) {
          return true;
        }
      }
      return false;
    }
    return switch (type.asText()) {
      case "object" -> v.isObject();
      case "array" -> v.isArray();
      case "string" -> v.isTextual();
      case "integer" -> v.isIntegralNumber();
      case "number" -> v.isNumber();
      case "boolean" -> v.isBoolean();
      default -> v.isNull();
    };
  }

  private boolean object(JsonNode s, JsonNode v) {
    for (JsonNode name : s.path("required")) {
      if (!v.has(name.asText())) {
        return false;
      }
    }
    for (var entry : v.properties()) {
      JsonNode known = s.path("properties").path(entry.getKey());
      JsonNode schema = known.isMissingNode() ? s.path("additionalProperties") : known;
      if (!schema.isMissingNode() && !valid(schema, entry.getValue())) {
        return false;
      }
    }
    return true;
  }

  private boolean array(JsonNode s, JsonNode v) {
    JsonNode prefix = s.path("prefixItems");
    for (int i = 0; i < v.size(); i++) {
      JsonNode schema = i < prefix.size() ? prefix.get(i) : s.path("items");
      if (!schema.isMissingNode() && !valid(schema, v.get(i))) {
        return false;
      }
    }
    return v.size() >= s.path("minItems").asInt(0)
        && v.size() <= s.path("maxItems").asInt(Integer.MAX_VALUE);
  }

  private static boolean number(JsonNode s, JsonNode v) {
    List<Boolean> all = new ArrayList<>(List.of(true));
    s.properties()
        .forEach(
            entry -> {
              int order =
                  entry.getValue().isNumber()
                      ? v.decimalValue().compareTo(entry.getValue().decimalValue())
                      : 0;
              switch (entry.getKey()) {
                case "minimum" -> all.add(order >= 0);
                case "exclusiveMinimum" -> all.add(order > 0);
                case "maximum" -> all.add(order <= 0);
                case "exclusiveMaximum" -> all.add(order < 0);
                default -> {}
              }
            });
    return !all.contains(false);
  }

  private static boolean string(JsonNode s, String v) {
    int length = v.codePointCount(0, v.length());
    if (length < s.path("minLength").asInt(0)
        || length > s.path("maxLength").asInt(Integer.MAX_VALUE)
        || (s.has("pattern") && !Pattern.compile(s.path("pattern").asText()).matcher(v).find())) {
      return false;
    }
    try {
      return switch (s.path("format").asText()) {
        case "date" -> LocalDate.parse(v) != null;
        case "time" -> OffsetTime.parse(v) != null;
        case "date-time" -> OffsetDateTime.parse(v) != null;
        case "uuid" -> UUID.fromString(v).toString().equals(v);
        case "email" -> v.matches("[^@. ]+(\\.[^@. ]+)*@[^@.]+(\\.[^@.]+)+");
        case "ipv4" -> v.matches("(\\d{1,3}\\.){3}\\d{1,3}");
        default -> true;
      };
    } catch (DateTimeParseException | IllegalArgumentException e) {
      return false;
    }
  }
}
