package deepseek.serve.ollama;

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
import java.util.List;

/** {@code POST /api/embed}. */
public final class OllamaVectors implements Gate.Endpoint {
  private final House house;

  /** Answers by the models of this house. */
  public OllamaVectors(House house) {
    this.house = house;
  }

  @Override
  public void answer(Exchange exchange) {
    Fields body = exchange.body();
    String name = OllamaNames.model(body, house, exchange);
    List<String> texts = body.texts("input", house.limits().texts());
    if (!body.has("input")) {
      throw body.missing("input", "a text or a list of texts");
    }
    house.guards().admit(exchange, "input", String.join("\n", texts));
    try (Lease<Loaded.Embedding> lease = house.shelf().borrow(name, Loaded.Embedding.class)) {
      long loadNanos = System.nanoTime() - exchange.startNanos();
      SentenceEncoder encoder = lease.model().encoder();
      int dim = body.whole("dimensions", 1, encoder.dim()).orElse(encoder.dim());
      if (!body.flag("truncate", true) && encoder.countCut(texts) > 0) {
        throw body.refused(
            "input", "texts of at most " + encoder.maxTokens() + " tokens", "a longer one");
      }
      int tokens = lease.model().countTokens(texts);
      exchange.account().tokens(tokens, 0);
      ObjectNode json = JsonNodeFactory.instance.objectNode().put("model", name);
      ArrayNode vectors = json.putArray("embeddings");
      for (float[] vector : Vectors.shortened(encoder.encode(texts), dim)) {
        ArrayNode numbers = vectors.addArray();
        for (float number : vector) {
          numbers.add(number);
        }
      }
      exchange.reply(
          json.put("total_duration", System.nanoTime() - exchange.startNanos())
              .put("load_duration", loadNanos)
              .put("prompt_eval_count", tokens));
    }
  }
}
