package deepseek.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.encoder.SentenceEncoder;
import deepseek.serve.answers.House;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Fields;
import deepseek.serve.http.Gate;
import deepseek.serve.shelf.Lease;
import deepseek.serve.shelf.Loaded;
import deepseek.serve.shelf.Vectors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;

/** {@code POST /v1/embeddings}. */
public final class Embeddings implements Gate.Endpoint {
  private final House house;

  /** Answers by the models of this house. */
  public Embeddings(House house) {
    this.house = house;
  }

  @Override
  public void answer(Exchange exchange) {
    Fields body = exchange.body();
    String name = body.text("model");
    exchange.account().model(name);
    List<String> texts = texts(body);
    boolean isBase64 =
        body.word("encoding_format", List.of("float", "base64"))
            .filter("base64"::equals)
            .isPresent();
    house.guards().admit(exchange, "input", String.join("\n", texts));
    try (Lease<Loaded.Embedding> lease = house.shelf().borrow(name, Loaded.Embedding.class)) {
      SentenceEncoder encoder = lease.model().encoder();
      int dim = body.whole("dimensions", 1, encoder.dim()).orElse(encoder.dim());
      int tokens = lease.model().countTokens(texts);
      exchange.account().tokens(tokens, 0);
      exchange.reply(json(Vectors.shortened(encoder.encode(texts), dim), name, isBase64, tokens));
    }
  }

  private List<String> texts(Fields body) {
    JsonNode input = body.value("input").orElseThrow(() -> body.missing("input", "a text"));
    if (input.isArray() && !input.isEmpty() && !input.get(0).isTextual()) {
      throw body.refused("input", "texts, which are all that is served", "something else");
    }
    List<String> texts = body.texts("input", house.limits().texts());
    if (texts.isEmpty()) {
      throw body.refused("input", "at least one text", "none");
    }
    return texts;
  }

  private static ObjectNode json(List<float[]> vectors, String name, boolean isBase64, int tokens) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("object", "list");
    ArrayNode data = json.putArray("data");
    for (float[] vector : vectors) {
      ObjectNode entry = data.addObject().put("object", "embedding").put("index", data.size() - 1);
      if (isBase64) {
        entry.put("embedding", base64(vector));
      } else {
        ArrayNode numbers = entry.putArray("embedding");
        for (float number : vector) {
          numbers.add(number);
        }
      }
    }
    json.put("model", name);
    json.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    return json;
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
