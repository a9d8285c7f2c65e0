package deepseek.serve.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.CausalLm;
import deepseek.serve.answers.ChatPrompts;
import deepseek.serve.answers.ChatTask;
import deepseek.serve.answers.House;
import deepseek.serve.answers.Messages;
import deepseek.serve.answers.ToolSet;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Fields;
import deepseek.serve.shelf.Lease;
import deepseek.serve.shelf.Loaded;
import java.util.Map;
import java.util.Optional;

/** {@code POST /tokenize} and {@code POST /detokenize}, as vLLM and llama.cpp have them. */
public final class Tokens {
  private final House house;

  /** Answers by the tokenizers of this house's language models. */
  public Tokens(House house) {
    this.house = house;
  }

  /** Replies with the ids of a text or a conversation. */
  public void tokenize(Exchange exchange) {
    Fields body = exchange.body();
    String name = body.text("model");
    exchange.account().model(name);
    try (Lease<Loaded.Text> lease = house.shelf().borrow(name, Loaded.Text.class)) {
      CausalLm model = lease.model().model();
      int[] ids = ids(body, model);
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.put("count", ids.length).put("max_model_len", model.contextLength());
      ArrayNode tokens = json.putArray("tokens");
      for (int id : ids) {
        tokens.add(id);
      }
      if (body.flag("return_token_strs", false)) {
        ArrayNode texts = json.putArray("token_strs");
        for (int id : ids) {
          texts.add(model.tokenizer().token(id));
        }
      }
      exchange.reply(json);
    }
  }

  private int[] ids(Fields body, CausalLm model) {
    if (body.has("messages")) {
      ChatTask task =
          new ChatTask(
              Messages.read(body), ToolSet.read(body), Optional.empty(), Map.of(), "messages");
      return new ChatPrompts(model, house.forms()).of(task).ids();
    }
    String text = body.text(body.has("content") ? "content" : "prompt");
    return body.flag("add_special_tokens", true)
        ? model.tokenizer().encode(text)
        : model.tokenizer().encodePrompt(text);
  }

  /** Replies with the text of ids. */
  public void detokenize(Exchange exchange) {
    Fields body = exchange.body();
    String name = body.text("model");
    exchange.account().model(name);
    try (Lease<Loaded.Text> lease = house.shelf().borrow(name, Loaded.Text.class)) {
      CausalLm model = lease.model().model();
      int[] ids = body.ids("tokens", model.tokenizer().vocabSize());
      String text = model.tokenizer().decodeWithSpecialTokens(ids);
      exchange.reply(
          JsonNodeFactory.instance.objectNode().put("prompt", text).put("content", text));
    }
  }
}
