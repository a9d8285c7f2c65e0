package deepseek.files;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * JSON from untrusted files: duplicate keys, deep nesting and trailing text are errors. {@code NaN}
 * and {@code Infinity} are accepted as numbers, since Python writes them.
 */
public final class StrictJson {
  private static final int MAX_DEPTH = 64;

  private static final JsonMapper MAPPER = mapper(StreamReadFeature.STRICT_DUPLICATE_DETECTION);
  private static final JsonMapper CONFIG = mapper();

  private static JsonMapper mapper(StreamReadFeature... more) {
    JsonFactoryBuilder factory =
        new JsonFactoryBuilder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(100)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION);
    for (StreamReadFeature feature : more) {
      factory.enable(feature);
    }
    return JsonMapper.builder(factory.build())
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
  }

  private StrictJson() {}

  /**
   * Reads one JSON object.
   *
   * @param operation what the caller is doing, for the error: {@code open model.safetensors}
   * @throws DataException if the bytes are anything else
   */
  public static ObjectNode object(String operation, byte[] utf8) {
    return read(MAPPER, ObjectNode.class, operation, "a JSON object", utf8);
  }

  /**
   * Reads a JSON object that may have been edited by hand: of duplicate keys the last one counts.
   */
  public static ObjectNode config(String operation, byte[] utf8) {
    return read(CONFIG, ObjectNode.class, operation, "a JSON object", utf8);
  }

  /** Reads one JSON array. */
  public static ArrayNode array(String operation, byte[] utf8) {
    return read(MAPPER, ArrayNode.class, operation, "a JSON array", utf8);
  }

  private static <N extends JsonNode> N read(
      JsonMapper mapper, Class<N> kind, String operation, String expected, byte[] utf8) {
    LfsPointer.refuse(operation, utf8);
    JsonNode node;
    try {
      node = mapper.readTree(utf8);
    } catch (JsonProcessingException e) {
      throw bad(operation, expected, firstLine(e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw bad(operation, expected, firstLine(String.valueOf(e.getMessage())), e);
    }
    if (kind.isInstance(node)) {
      return kind.cast(node);
    }
    String got = node == null ? "nothing" : node.getNodeType() + " at the top";
    throw bad(operation, expected, got, null);
  }

  private static DataException bad(
      String operation, String expected, String got, @Nullable Throwable cause) {
    return new DataException(
        operation, expected, got, "the file is damaged: fetch or export it again", cause);
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("bad JSON");
  }
}
