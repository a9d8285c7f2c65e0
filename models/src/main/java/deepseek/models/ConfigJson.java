package deepseek.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@code config.json} or an object inside it, read field by field; {@code null} counts as absent.
 *
 * <p>Throws {@link ModelException} naming file, field, expected and found, when a field is missing
 * or wrong.
 */
public final class ConfigJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String source;
  private final ObjectNode node;

  /** {@code source} is what errors call it, such as {@code config.json}. */
  public ConfigJson(String source, ObjectNode node) {
    this.source = source;
    this.node = node;
  }

  /** Where it was read, for messages. */
  public String source() {
    return source;
  }

  /** The object itself. */
  public ObjectNode json() {
    return node;
  }

  /** The same with {@code defaults} for fields that are not there at all; null stays null. */
  public ConfigJson withDefaults(Map<String, ?> defaults) {
    ObjectNode filled = node.deepCopy();
    defaults.forEach(
        (field, value) -> {
          if (!filled.has(field)) {
            filled.set(field, JSON.valueToTree(value));
          }
        });
    return new ConfigJson(source, filled);
  }

  /** The same with {@code field} as {@code other} has it, if it isn't there at all. */
  public ConfigJson withDefaultsOf(ConfigJson other, String field) {
    return other.has(field) ? withDefaults(Map.of(field, other.node.get(field))) : this;
  }

  /** Whether the field is there and not null. */
  public boolean has(String field) {
    return node.hasNonNull(field);
  }

  private Optional<JsonNode> find(String field) {
    return has(field) ? Optional.of(node.get(field)) : Optional.empty();
  }

  private JsonNode require(String field) {
    return find(field)
        .orElseThrow(() -> wrong(field, "a value", "no such field", "add it or use another model"));
  }

  /** An error about one field of this object. */
  public ModelException wrong(String field, String expected, String got, String remedy) {
    return new ModelException("read " + source, field + " to be " + expected, got, remedy);
  }

  private ModelException mistyped(String field, String expected, JsonNode got) {
    String text = got.toString();
    return wrong(
        field,
        expected,
        text.length() > 60 ? text.substring(0, 60) + "..." : text,
        "fix the file or download it again");
  }

  /** A whole number from 1. */
  public int size(String field) {
    return size(field, require(field));
  }

  /** A whole number above 0, or {@code otherwise} where the field is missing. */
  public int sizeOr(String field, int otherwise) {
    return find(field).map(v -> size(field, v)).orElse(otherwise);
  }

  /** A whole number above 0, if the field is there. */
  public Optional<Integer> optionalSize(String field) {
    return find(field).map(v -> size(field, v));
  }

  private int size(String field, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
      throw mistyped(field, "a whole number from 1 to " + Integer.MAX_VALUE, value);
    }
    return value.intValue();
  }

  /** A whole number from 0. */
  public int countOr(String field, int otherwise) {
    return find(field)
        .map(
            v -> {
              if (!v.isIntegralNumber() || !v.canConvertToInt() || v.intValue() < 0) {
                throw mistyped(field, "a whole number from 0", v);
              }
              return v.intValue();
            })
        .orElse(otherwise);
  }

  /** A number; the field must be there. */
  public double number(String field) {
    return number(field, require(field));
  }

  /** A number, or {@code otherwise} where the field is missing. */
  public double numberOr(String field, double otherwise) {
    return find(field).map(v -> number(field, v)).orElse(otherwise);
  }

  /** A number, if the field is there. */
  public Optional<Double> optionalNumber(String field) {
    return find(field).map(v -> number(field, v));
  }

  private double number(String field, JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw mistyped(field, "a finite number", value);
    }
    return value.doubleValue();
  }

  /** True or false, or {@code otherwise} where the field is missing. */
  public boolean flagOr(String field, boolean otherwise) {
    return find(field)
        .map(
            v -> {
              if (!v.isBoolean()) {
                throw mistyped(field, "true or false", v);
              }
              return v.booleanValue();
            })
        .orElse(otherwise);
  }

  /** A string; the field must be there. */
  public String text(String field) {
    return text(field, require(field));
  }

  /** A string, if the field is there. */
  public Optional<String> optionalText(String field) {
    return find(field).map(v -> text(field, v));
  }

  /** Refuses a text other than the one that is known here; absent is right. */
  public void requireText(String field, String known) {
    String got = optionalText(field).orElse(known);
    if (!got.equals(known)) {
      throw wrong(field, known, "'" + got + "'", "choose a model with it");
    }
  }

  /** Refuses a flag that says true; absent is right. */
  public void requireFalse(String field, String remedy) {
    if (flagOr(field, false)) {
      throw wrong(field, "false", "true", remedy);
    }
  }

  private String text(String field, JsonNode value) {
    if (!value.isTextual()) {
      throw mistyped(field, "a text", value);
    }
    return value.textValue();
  }

  /** Texts; empty when absent. */
  public List<String> texts(String field) {
    List<String> out = new ArrayList<>();
    for (JsonNode item : items(field)) {
      out.add(text(field, item));
    }
    return List.copyOf(out);
  }

  /** Numbers; empty when absent. */
  public List<Double> numbers(String field) {
    List<Double> out = new ArrayList<>();
    for (JsonNode item : items(field)) {
      out.add(number(field, item));
    }
    return List.copyOf(out);
  }

  /** Token ids: one number or a list of them, as {@code eos_token_id} comes; empty when absent. */
  public List<Integer> ids(String field) {
    List<Integer> out = new ArrayList<>();
    JsonNode value = find(field).orElse(null);
    if (value == null) {
      return List.of();
    }
    for (JsonNode item : value.isArray() ? items(field) : List.of(value)) {
      if (!item.canConvertToInt() || !item.isIntegralNumber()) {
        throw mistyped(field, "a token id or a list of them", value);
      }
      out.add(item.intValue());
    }
    return List.copyOf(out);
  }

  private Iterable<JsonNode> items(String field) {
    JsonNode value = find(field).orElse(null);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw mistyped(field, "a list", value);
    }
    return value;
  }

  /** An object inside this one. */
  public Optional<ConfigJson> object(String field) {
    return find(field)
        .map(
            v -> {
              if (!(v instanceof ObjectNode object)) {
                throw mistyped(field, "an object", v);
              }
              return new ConfigJson(source + ": " + field, object);
            });
  }
}
