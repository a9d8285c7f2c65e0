package deepseek.serve.ollama;

import deepseek.serve.answers.House;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Fields;

/** The names of models as Ollama's clients write them. */
final class OllamaNames {
  private static final String LATEST = ":latest";

  private OllamaNames() {}

  /**
   * The model in {@code model}; {@code name:latest} is {@code name} where no other is called so.
   */
  static String model(Fields body, House house, Exchange exchange) {
    String name = body.text(body.has("name") && !body.has("model") ? "name" : "model");
    boolean isTagged = name.endsWith(LATEST) && house.shelf().find(name).isEmpty();
    String found = isTagged ? name.substring(0, name.length() - LATEST.length()) : name;
    exchange.account().model(found);
    return found;
  }
}
