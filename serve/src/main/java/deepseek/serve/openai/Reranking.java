package deepseek.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.encoder.Reranker.Ranked;
import deepseek.serve.answers.House;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Fields;
import deepseek.serve.http.Gate;
import deepseek.serve.shelf.Lease;
import deepseek.serve.shelf.Loaded;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /v1/rerank}, with the fields of Jina's API and Cohere's. */
public final class Reranking implements Gate.Endpoint {
  private static final String DOCUMENTS = "documents";

  private final House house;

  /** Answers by the models of this house. */
  public Reranking(House house) {
    this.house = house;
  }

  @Override
  public void answer(Exchange exchange) {
    Fields body = exchange.body();
    String name = body.text("model");
    exchange.account().model(name);
    String query = body.text("query");
    List<String> texts = documents(body);
    int top = body.whole("top_n", 1, Integer.MAX_VALUE).orElse(texts.size());
    boolean hasTexts = body.flag("return_documents", true);
    house.guards().admit(exchange, DOCUMENTS, query + "\n" + String.join("\n", texts));
    try (Lease<Loaded.Ranking> lease = house.shelf().borrow(name, Loaded.Ranking.class)) {
      List<Ranked> ranked = lease.model().reranker().rank(query, texts, top);
      int tokens = lease.model().countTokens(query, texts);
      exchange.account().tokens(tokens, 0);
      exchange.reply(json(ranked, name, hasTexts, tokens));
    }
  }

  /** Texts, or objects with one. */
  private List<String> documents(Fields body) {
    JsonNode value =
        body.value(DOCUMENTS).orElseThrow(() -> body.missing(DOCUMENTS, "a list of texts"));
    List<String> texts = new ArrayList<>();
    if (value.isArray() && !value.isEmpty() && value.get(0).isObject()) {
      body.objects(DOCUMENTS).forEach(document -> texts.add(document.text("text")));
    } else {
      texts.addAll(body.texts(DOCUMENTS, Integer.MAX_VALUE));
    }
    if (texts.isEmpty() || texts.size() > house.limits().texts()) {
      throw body.refused(DOCUMENTS, "1 to " + house.limits().texts() + " texts", texts.size() + "");
    }
    return texts;
  }

  private static ObjectNode json(List<Ranked> ranked, String name, boolean hasTexts, int tokens) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", Gate.newId("rerank-")).put("object", "list").put("model", name);
    ArrayNode results = json.putArray("results");
    for (Ranked text : ranked) {
      ObjectNode entry =
          results.addObject().put("index", text.index()).put("relevance_score", text.score());
      if (hasTexts) {
        entry.putObject("document").put("text", text.text());
      }
    }
    json.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    return json;
  }
}
