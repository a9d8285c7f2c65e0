package deepseek.serve.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.serve.answers.House;
import deepseek.serve.http.ApiException;
import deepseek.serve.http.Exchange;
import deepseek.serve.shelf.Loaded;
import deepseek.serve.shelf.ModelShelf.State;
import java.time.Instant;
import java.util.Locale;

/** {@code GET /v1/models} and {@code GET /v1/models/NAME}. */
public final class ModelList {
  private final House house;
  private final long created = Instant.now().getEpochSecond();

  /** Lists the models of this house. */
  public ModelList(House house) {
    this.house = house;
  }

  /** Replies with all of them. */
  public void all(Exchange exchange) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("object", "list");
    var data = json.putArray("data");
    house.shelf().states().forEach(state -> data.add(json(state)));
    exchange.reply(json);
  }

  /** Replies with the one that the path names. */
  public void one(Exchange exchange) {
    String name = exchange.pathPart("name");
    exchange.reply(
        house.shelf().states().stream()
            .filter(state -> state.served().name().equals(name))
            .map(this::json)
            .findFirst()
            .orElseThrow(
                () ->
                    ApiException.of(
                            ApiException.Kind.NOT_FOUND,
                            "model",
                            "one of /v1/models",
                            "'" + name + "'",
                            "choose one of these")
                        .withParameter("model")
                        .withCode("model_not_found")));
  }

  private ObjectNode json(State state) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", state.served().name())
        .put("object", "model")
        .put("created", created)
        .put("owned_by", "deepseek-jvm")
        .put("task", state.served().task().name().toLowerCase(Locale.ROOT))
        .put("loaded", state.isOpen());
    house
        .shelf()
        .peek(state.served().name(), Loaded.Text.class)
        .ifPresent(text -> json.put("max_model_len", text.model().contextLength()));
    return json;
  }
}
