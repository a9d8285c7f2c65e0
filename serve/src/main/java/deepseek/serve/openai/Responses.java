package deepseek.serve.openai;

import deepseek.models.CausalLm;
import deepseek.serve.answers.AnswerFeed;
import deepseek.serve.answers.ChatPrompts;
import deepseek.serve.answers.House;
import deepseek.serve.answers.Prompt;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Fields;
import deepseek.serve.http.Gate;
import deepseek.serve.http.ReplyStream;
import deepseek.serve.shelf.Lease;
import deepseek.serve.shelf.Loaded;
import deepseek.text.chat.ChatMessage;

/** {@code POST /v1/responses}: text and tools; nothing is stored. */
public final class Responses implements Gate.Endpoint {
  private final House house;

  /** Answers by the models of this house. */
  public Responses(House house) {
    this.house = house;
  }

  @Override
  public void answer(Exchange exchange) {
    Fields body = exchange.body();
    String name = body.text("model");
    exchange.account().model(name);
    try (Lease<Loaded.Text> lease = house.shelf().borrow(name, Loaded.Text.class)) {
      CausalLm model = lease.model().model();
      ResponsesRequest request = ResponsesRequest.read(body, model, house.forms(), house.limits());
      String text =
          String.join("\n", request.task().messages().stream().map(ChatMessage::text).toList());
      exchange.account().prompt(text);
      house.guards().admit(exchange, "input", text);
      Prompt prompt = new ChatPrompts(model, house.forms()).of(request.task());
      try (AnswerFeed feed = AnswerFeed.ask(model, prompt, request.wanted(), house, exchange)) {
        if (request.isStream()) {
          ReplyStream out = exchange.stream(ReplyStream.Kind.EVENTS);
          ResponseBuilder builder = new ResponseBuilder(name, request, out::send);
          builder.begin();
          feed.forEach(builder::add);
        } else {
          ResponseBuilder builder = new ResponseBuilder(name, request, (event, json) -> {});
          feed.forEach(builder::add);
          exchange.reply(builder.json());
        }
      }
    }
  }
}
