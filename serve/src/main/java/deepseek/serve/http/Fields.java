package deepseek.serve.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The fields of a JSON object, read by type: strict about types and ranges, tolerant of fields that
 * nobody asks for. A field that is null counts as left out. Errors name the field by its path.
 */
public final class Fields {
  private static final int SHOWN = 60;

  private final ObjectNode json;
  private final String path;

  private Fields(ObjectNode json, String path) {
    this.json = json;
    this.path = path;
  }

  /** The fields of a whole body. */
  public static Fields of(ObjectNode body) {
    return new Fields(body, "");
  }

  /** The object itself. */
  public ObjectNode json() {
    return json;
  }

  /** How errors name a field of this object. */
  public String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** Whether the field is there. */
  public boolean has(String name) {
    return value(name).isPresent();
  }

  /** The field as it stands. */
  public Optional<JsonNode> value(String name) {
    return Optional.ofNullable(json.get(name)).filter(node -> !node.isNull());
  }

  /** A text that must be there. */
  public String text(String name) {
    return optionalText(name).orElseThrow(() -> missing(name, "a text"));
  }

  /** A text. */
  public Optional<String> optionalText(String name) {
    return value(name).map(node -> asText(path(name), node));
  }

  private static String asText(String path, JsonNode node) {
    if (!node.isTextual()) {
      throw wrong(path, "a text", node);
    }
    return node.textValue();
  }

  /** One of a few words. */
  public Optional<String> word(String name, List<String> known) {
    Optional<String> found = optionalText(name);
    found
        .filter(word -> !known.contains(word))
        .ifPresent(
            word -> {
              throw refused(name, "one of " + String.join(", ", known), "'" + shown(word) + "'");
            });
    return found;
  }

  /** A whole number from {@code least} to {@code most}. */
  public OptionalInt whole(String name, int least, int most) {
    OptionalLong found = wholeLong(name, least, most);
    return found.isPresent() ? OptionalInt.of((int) found.getAsLong()) : OptionalInt.empty();
  }

  /** A whole number from {@code least} to {@code most}. */
  public OptionalLong wholeLong(String name, long least, long most) {
    Optional<JsonNode> found = value(name);
    if (found.isEmpty()) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(asWhole(path(name), found.get(), least, most));
  }

  private static long asWhole(String path, JsonNode node, long least, long most) {
    if (!node.isIntegralNumber()) {
      throw wrong(path, "a whole number from " + least + " to " + most, node);
    }
    if (!node.canConvertToLong() || node.longValue() < least || node.longValue() > most) {
      throw wrong(path, "a whole number from " + least + " to " + most, node);
    }
    return node.longValue();
  }

  /** A number from {@code least} to {@code most}. */
  public OptionalDouble number(String name, double least, double most) {
    Optional<JsonNode> found = value(name);
    if (found.isEmpty()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(asNumber(path(name), found.get(), least, most));
  }

  private static double asNumber(String path, JsonNode node, double least, double most) {
    double number = node.isNumber() ? node.doubleValue() : Double.NaN;
    if (!(number >= least && number <= most)) {
      throw wrong(path, "a number from " + plain(least) + " to " + plain(most), node);
    }
    return number;
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }

  /** True or false; {@code otherwise} where it is left out. */
  public boolean flag(String name, boolean otherwise) {
    return value(name).map(node -> asFlag(path(name), node)).orElse(otherwise);
  }

  private static boolean asFlag(String path, JsonNode node) {
    if (!node.isBoolean()) {
      throw wrong(path, "true or false", node);
    }
    return node.booleanValue();
  }

  /** An object. */
  public Optional<Fields> object(String name) {
    return value(name).map(node -> asObject(path(name), node));
  }

  /** An object that must be there. */
  public Fields requiredObject(String name) {
    return object(name).orElseThrow(() -> missing(name, "an object"));
  }

  private static Fields asObject(String path, JsonNode node) {
    if (!(node instanceof ObjectNode object)) {
      throw wrong(path, "an object", node);
    }
    return new Fields(object, path);
  }

  /** A list of objects; empty where it is left out. */
  public List<Fields> objects(String name) {
    List<Fields> all = new ArrayList<>();
    for (JsonNode node : list(name)) {
      all.add(asObject(path(name) + "[" + all.size() + "]", node));
    }
    return all;
  }

  /** A text or a list of texts; empty where it is left out. */
  public List<String> texts(String name, int most) {
    Optional<JsonNode> found = value(name);
    if (found.isPresent() && found.get().isTextual()) {
      return List.of(found.get().textValue());
    }
    List<String> all = new ArrayList<>();
    for (JsonNode node : list(name)) {
      all.add(asText(path(name) + "[" + all.size() + "]", node));
    }
    if (all.size() > most) {
      throw refused(name, "at most " + most + " texts", all.size() + "");
    }
    return all;
  }

  /** A list of token ids from 0 to below {@code vocabSize}. */
  public int[] ids(String name, int vocabSize) {
    return ids(path(name), list(name), vocabSize);
  }

  /** The same of a list that is at {@code path}. */
  public static int[] ids(String path, Iterable<JsonNode> list, int vocabSize) {
    List<Integer> all = new ArrayList<>();
    for (JsonNode node : list) {
      all.add((int) asWhole(path + "[" + all.size() + "]", node, 0, vocabSize - 1L));
    }
    return all.stream().mapToInt(Integer::intValue).toArray();
  }

  private Iterable<JsonNode> list(String name) {
    Optional<JsonNode> found = value(name);
    if (found.isPresent() && !found.get().isArray()) {
      throw wrong(path(name), "a list", found.get());
    }
    return found.<Iterable<JsonNode>>map(node -> node).orElse(List.of());
  }

  /** An error about a field that is left out. */
  public ApiException missing(String name, String expected) {
    return refused(name, expected, "nothing");
  }

  /** An error about a field. */
  public ApiException refused(String name, String expected, String got) {
    return ApiException.ofField(path(name), expected, got, "change this field of the request");
  }

  /** An error about the value at {@code path}. */
  public static ApiException wrong(String path, String expected, JsonNode got) {
    return ApiException.ofField(
        path, expected, shown(got.toString()), "change this field of the request");
  }

  private static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
  }
}
