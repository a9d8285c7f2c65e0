package deepseek.serve.ollama;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.CausalLm;
import deepseek.serve.answers.House;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Fields;
import deepseek.serve.shelf.Lease;
import deepseek.serve.shelf.Loaded;
import deepseek.serve.shelf.ModelShelf.State;
import deepseek.serve.shelf.ServedModel.Task;
import deepseek.text.chat.ChatOptions;
import deepseek.text.chat.ToolFormat;
import java.time.Instant;
import java.util.Optional;

/**
 * {@code GET /api/tags}, {@code GET /api/ps}, {@code POST /api/show} and {@code GET /api/version}.
 */
public final class OllamaModels {
  /** The version of Ollama whose API this is, for clients that ask. */
  private static final String VERSION = "0.9.0";

  private final House house;
  private final String started = Instant.now().toString();

  /** Tells of the models of this house. */
  public OllamaModels(House house) {
    this.house = house;
  }

  /** Lists all models. */
  public void tags(Exchange exchange) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode models = json.putArray("models");
    house.shelf().states().forEach(state -> models.add(entry(state)));
    exchange.reply(json);
  }

  /** Lists the models that are open. */
  public void running(Exchange exchange) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode models = json.putArray("models");
    house.shelf().states().stream()
        .filter(State::isOpen)
        .forEach(state -> models.add(entry(state).put("size_vram", 0)));
    exchange.reply(json);
  }

  private ObjectNode entry(State state) {
    String name = state.served().name();
    ObjectNode entry = JsonNodeFactory.instance.objectNode();
    entry
        .put("name", name)
        .put("model", name)
        .put("modified_at", started)
        .put("size", state.bytes())
        .put("digest", "");
    entry.set("details", details(family(name)));
    return entry;
  }

  private Optional<String> family(String name) {
    return house
        .shelf()
        .peek(name, Loaded.Text.class)
        .map(text -> text.model().config().modelType());
  }

  private static ObjectNode details(Optional<String> family) {
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.put("parent_model", "").put("format", "").put("family", family.orElse(""));
    ArrayNode families = details.putArray("families");
    family.ifPresent(families::add);
    return details.put("parameter_size", "").put("quantization_level", "");
  }

  /** Tells of one model, which is opened for it if it writes text. */
  public void show(Exchange exchange) {
    Fields body = exchange.body();
    String name = OllamaNames.model(body, house, exchange);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("modelfile", "").put("parameters", "");
    boolean isText = house.shelf().find(name).map(model -> model.task() == Task.TEXT).orElse(true);
    if (isText) {
      try (Lease<Loaded.Text> lease = house.shelf().borrow(name, Loaded.Text.class)) {
        describe(json, lease.model().model());
      }
    } else {
      json.put("template", "");
      json.set("details", details(Optional.empty()));
      json.putObject("model_info");
      json.putArray("capabilities").add("embedding");
    }
    exchange.reply(json);
  }

  private static void describe(ObjectNode json, CausalLm model) {
    String template = model.chatTemplate().map(t -> t.source(ChatOptions.ANSWER)).orElse("");
    String family = model.config().modelType();
    json.put("template", template);
    json.set("details", details(Optional.of(family)));
    json.putObject("model_info")
        .put("general.architecture", family)
        .put(family + ".context_length", model.contextLength())
        .put(family + ".vocab_size", model.tokenizer().vocabSize());
    ArrayNode capabilities = json.putArray("capabilities").add("completion");
    if (ToolFormat.isKnownTo(template)) {
      capabilities.add("tools");
    }
    if (template.contains("<think>")) {
      capabilities.add("thinking");
    }
  }

  /** Tells the version of the API. */
  public void version(Exchange exchange) {
    exchange.reply(JsonNodeFactory.instance.objectNode().put("version", VERSION));
  }
}
