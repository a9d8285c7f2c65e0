package deepseek.serve.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.common.buffers.DataReader.InsufficientDataAvailableException;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the JSON bodies of requests from strangers: of bounded length and depth, valid UTF-8,
 * without NaN and without text after the end.
 */
public final class Bodies {
  private static final String READ = "read the body";

  private final long maxBytes;
  private final JsonMapper mapper;

  /** Reads within these limits. */
  public Bodies(Limits limits) {
    this.maxBytes = limits.bodyBytes();
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(limits.jsonDepth())
                    .maxNumberLength(100)
                    .maxStringLength((int) Math.min(maxBytes, Integer.MAX_VALUE))
                    .build())
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();
    this.mapper =
        JsonMapper.builder(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  }

  /** The JSON object that {@code in} holds. */
  public ObjectNode read(InputStream in) {
    JsonNode node = parse(utf8(bytes(in)));
    if (node instanceof ObjectNode object) {
      return object;
    }
    String got = node == null || node.isMissingNode() ? "nothing" : "a " + node.getNodeType();
    throw bad("a JSON object", got, "send one, as application/json");
  }

  private byte[] bytes(InputStream in) {
    try {
      int most = (int) Math.min(maxBytes, Integer.MAX_VALUE - 16);
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw tooLarge(maxBytes);
      }
      return bytes;
    } catch (RequestException e) {
      throw (isTooLarge(e) ? tooLarge(maxBytes) : bad("HTTP", "another", "correct it"))
          .withCause(e);
    } catch (IOException | UncheckedIOException | InsufficientDataAvailableException e) {
      throw bad("a whole body", e.getClass().getSimpleName(), "send it again").withCause(e);
    }
  }

  private static boolean isTooLarge(RequestException e) {
    return e.status().code() == Status.REQUEST_ENTITY_TOO_LARGE_413_CODE;
  }

  /** A body of more than the allowed bytes. */
  static ApiException tooLarge(long maxBytes) {
    return ApiException.of(
        ApiException.Kind.TOO_LARGE,
        READ,
        "at most " + maxBytes + " bytes",
        "more",
        "send less, or start the server with a larger limit");
  }

  private static String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw bad("UTF-8", "bytes that are not", "encode the body in UTF-8").withCause(e);
    }
  }

  private JsonNode parse(String text) {
    try {
      return mapper.readTree(text);
    } catch (JsonProcessingException e) {
      String got = e.getOriginalMessage().lines().findFirst().orElse("bad JSON");
      throw bad("a JSON object", got.replaceAll("\\p{Cntrl}", "?"), "correct the JSON")
          .withCause(e);
    }
  }

  private static ApiException bad(String expected, String got, String remedy) {
    return ApiException.of(ApiException.Kind.INVALID, READ, expected, got, remedy);
  }
}
