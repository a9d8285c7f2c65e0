package deepseek.serve.ollama;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.CausalLm;
import deepseek.serve.answers.AnswerFeed;
import deepseek.serve.answers.ChatPrompts;
import deepseek.serve.answers.ChatTask;
import deepseek.serve.answers.House;
import deepseek.serve.answers.Messages;
import deepseek.serve.answers.Prompt;
import deepseek.serve.answers.ToolSet;
import deepseek.serve.answers.WholeAnswer;
import deepseek.serve.http.ApiException;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Fields;
import deepseek.serve.shelf.Lease;
import deepseek.serve.shelf.Loaded;
import deepseek.text.chat.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** {@code POST /api/chat} and {@code POST /api/generate}. */
public final class OllamaAnswers {
  private final House house;

  /** Answers by the models of this house. */
  public OllamaAnswers(House house) {
    this.house = house;
  }

  /** How a prompt is made of a request. */
  private interface Reading {
    Prompt prompt(Fields body, CausalLm model, OllamaSettings settings);
  }

  /** Answers a conversation. */
  public void chat(Exchange exchange) {
    answer(
        exchange,
        (body, model, settings) -> {
          refuseImages(body);
          body.objects("messages").forEach(OllamaAnswers::refuseImages);
          List<ChatMessage> messages = Messages.read(body);
          admit(exchange, "messages", messages);
          return prompt(model, messages, ToolSet.read(body), settings, "messages");
        },
        OllamaReply::message);
  }

  /** Continues a prompt, by the chat template unless it is raw. */
  public void generate(Exchange exchange) {
    answer(
        exchange,
        (body, model, settings) -> {
          refuseImages(body);
          for (String name : List.of("template", "suffix")) {
            if (!body.optionalText(name).orElse("").isEmpty()) {
              throw body.refused(name, "none, which is not supported", "a text");
            }
          }
          List<ChatMessage> messages = new ArrayList<>();
          body.optionalText("system").ifPresent(text -> messages.add(ChatMessage.system(text)));
          messages.add(ChatMessage.user(body.text("prompt")));
          admit(exchange, "prompt", messages);
          return body.flag("raw", false) || model.chatTemplate().isEmpty()
              ? raw(body, model, settings)
              : prompt(model, messages, ToolSet.EMPTY, settings, "prompt");
        },
        OllamaReply::response);
  }

  private static void refuseImages(Fields fields) {
    if (fields.value("images").filter(images -> !images.isEmpty()).isPresent()) {
      throw fields.refused("images", "none, since only text is served", "some");
    }
  }

  private void admit(Exchange exchange, String field, List<ChatMessage> messages) {
    String text = String.join("\n", messages.stream().map(ChatMessage::text).toList());
    exchange.account().prompt(text);
    house.guards().admit(exchange, field, text);
  }

  private Prompt prompt(
      CausalLm model,
      List<ChatMessage> messages,
      ToolSet tools,
      OllamaSettings settings,
      String field) {
    return new ChatPrompts(model, house.forms())
        .of(new ChatTask(messages, tools, settings.form(), settings.variables(), field));
  }

  private static Prompt raw(Fields body, CausalLm model, OllamaSettings settings) {
    int[] ids = model.tokenizer().encode(body.text("prompt"));
    if (ids.length == 0 || ids.length >= model.contextLength()) {
      throw ApiException.ofField(
          "prompt",
          "1 to " + (model.contextLength() - 1) + " tokens",
          ids.length + "",
          "change the prompt");
    }
    return Prompt.of(ids, settings.form());
  }

  /** Ollama's clients have a model opened by a request without a prompt. */
  private static boolean asksNothing(Fields body) {
    boolean hasPrompt = body.optionalText("prompt").filter(text -> !text.isEmpty()).isPresent();
    return !hasPrompt && body.objects("messages").isEmpty();
  }

  private void answer(
      Exchange exchange, Reading reading, BiConsumer<ObjectNode, WholeAnswer> spelling) {
    Fields body = exchange.body();
    String name = OllamaNames.model(body, house, exchange);
    try (Lease<Loaded.Text> lease = house.shelf().borrow(name, Loaded.Text.class)) {
      long loadNanos = System.nanoTime() - exchange.startNanos();
      CausalLm model = lease.model().model();
      OllamaSettings settings = OllamaSettings.read(body, house.forms(), house.limits());
      if (asksNothing(body)) {
        new OllamaReply(exchange, name, loadNanos, spelling).loaded();
        return;
      }
      Prompt prompt = reading.prompt(body, model, settings);
      OllamaReply reply = new OllamaReply(exchange, name, loadNanos, spelling);
      try (AnswerFeed feed = AnswerFeed.ask(model, prompt, settings.wanted(), house, exchange)) {
        if (settings.isStream()) {
          reply.stream(feed);
        } else {
          reply.whole(feed);
        }
      }
    }
  }
}
