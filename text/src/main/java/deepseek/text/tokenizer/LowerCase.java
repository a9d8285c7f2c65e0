package deepseek.text.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import java.io.IOException;

/**
 * Prepends a lower-case normalizer to those of a {@code tokenizer.json}, as sentence-transformers
 * does for {@code do_lower_case}: the library extracts special tokens from a text before it
 * normalises the rest.
 */
final class LowerCase {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NORMALIZER = "normalizer";
  private static final String TYPE = "Lowercase";

  private LowerCase() {}

  static TokenizerJson before(TokenizerJson json, String source) {
    String text = json.text();
    try (JsonParser parser = JSON.createParser(text)) {
      parser.nextToken();
      for (String field = parser.nextFieldName();
          field != null && !field.equals(NORMALIZER);
          field = parser.nextFieldName()) {
        parser.nextToken();
        parser.skipChildren();
      }
      if (parser.currentName() == null) {
        int brace = text.indexOf('{') + 1;
        String entry = "\"" + NORMALIZER + "\":" + lowerCase() + ",";
        return TokenizerJson.scan(text.substring(0, brace) + entry + text.substring(brace), source);
      }
      parser.nextToken();
      int from = Math.toIntExact(parser.currentTokenLocation().getCharOffset());
      JsonNode old = JSON.readTree(parser);
      int to = Math.toIntExact(parser.currentLocation().getCharOffset());
      return isLowerCase(old)
          ? json
          : TokenizerJson.scan(text.substring(0, from) + before(old) + text.substring(to), source);
    } catch (IOException e) {
      throw new DataException(
          "read " + source,
          "a normalizer",
          String.valueOf(e.getMessage()),
          "download the file again",
          e);
    }
  }

  private static boolean isLowerCase(JsonNode normalizer) {
    return normalizer.path("type").asText().equals(TYPE)
        || normalizer.path("normalizers").valueStream().anyMatch(LowerCase::isLowerCase);
  }

  private static JsonNode before(JsonNode old) {
    if (old.isNull()) {
      return lowerCase();
    }
    ObjectNode sequence = JsonNodeFactory.instance.objectNode().put("type", "Sequence");
    ArrayNode all = sequence.putArray("normalizers");
    all.add(lowerCase()).add(old);
    return sequence;
  }

  private static ObjectNode lowerCase() {
    return JsonNodeFactory.instance.objectNode().put("type", TYPE);
  }
}
