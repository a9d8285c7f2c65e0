package deepseek.serve.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.CausalLm;
import deepseek.models.generate.TokenChoice;
import deepseek.serve.answers.AnswerFeed;
import deepseek.serve.answers.ChatPrompts;
import deepseek.serve.answers.House;
import deepseek.serve.answers.Prompt;
import deepseek.serve.answers.Update;
import deepseek.serve.answers.WholeAnswer;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Fields;
import deepseek.serve.http.Gate;
import deepseek.serve.http.ReplyStream;
import deepseek.serve.shelf.Lease;
import deepseek.serve.shelf.Loaded;
import deepseek.text.chat.ChatMessage;
import deepseek.text.chat.Delta;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /v1/chat/completions}. */
public final class ChatCompletions implements Gate.Endpoint {
  private final House house;

  /** Answers by the models of this house. */
  public ChatCompletions(House house) {
    this.house = house;
  }

  @Override
  public void answer(Exchange exchange) {
    Fields body = exchange.body();
    String name = body.text("model");
    exchange.account().model(name);
    try (Lease<Loaded.Text> lease = house.shelf().borrow(name, Loaded.Text.class)) {
      CausalLm model = lease.model().model();
      ChatRequest request = ChatRequest.read(body, model, house.forms(), house.limits());
      admit(exchange, request.task().messages());
      Prompt prompt = new ChatPrompts(model, house.forms()).of(request.task());
      try (AnswerFeed feed = AnswerFeed.ask(model, prompt, request.wanted(), house, exchange)) {
        if (request.isStream()) {
          new Stream(exchange, request, new ChatJson(name), model).send(feed);
        } else {
          exchange.reply(whole(feed, request, name, model));
        }
      }
    }
  }

  private void admit(Exchange exchange, List<ChatMessage> messages) {
    String text = String.join("\n", messages.stream().map(ChatMessage::text).toList());
    exchange.account().prompt(text);
    house.guards().admit(exchange, "messages", text);
  }

  private static ObjectNode whole(
      AnswerFeed feed, ChatRequest request, String name, CausalLm model) {
    ObjectNode json = new ChatJson(name).whole();
    UsageJson usage = new UsageJson();
    var logs = new LogProbabilitiesJson(model.tokenizer());
    int index = 0;
    for (WholeAnswer answer : WholeAnswer.of(feed, request.wanted().choices())) {
      ObjectNode choice = json.withArray("choices").addObject();
      choice.put("index", index++);
      choice.set("message", ChatJson.message(answer));
      choice.set(
          "logprobs",
          request.wanted().topLogProbabilities().isPresent()
              ? logs.ofChat(answer.tokens())
              : choice.nullNode());
      choice.put("finish_reason", answer.end().reason());
      usage.add(answer.end().generation());
    }
    json.set("usage", usage.json());
    return json;
  }

  /** The answers as events. */
  private static final class Stream {
    private final ReplyStream out;
    private final ChatRequest request;
    private final ChatJson json;
    private final LogProbabilitiesJson logs;
    private final UsageJson usage = new UsageJson();
    private final List<List<TokenChoice>> unsent = new ArrayList<>();

    Stream(Exchange exchange, ChatRequest request, ChatJson json, CausalLm model) {
      this.out = exchange.stream(ReplyStream.Kind.EVENTS);
      this.request = request;
      this.json = json;
      this.logs = new LogProbabilitiesJson(model.tokenizer());
    }

    void send(AnswerFeed feed) {
      for (int choice = 0; choice < request.wanted().choices(); choice++) {
        unsent.add(new ArrayList<>());
        send(json.first(choice));
      }
      feed.forEach(this::send);
      if (request.hasUsage()) {
        ObjectNode last = json.chunk();
        last.set("usage", usage.json());
        out.send(last);
      }
      out.sendDone();
    }

    private void send(ObjectNode chunk) {
      if (request.hasUsage()) {
        chunk.putNull("usage");
      }
      out.send(chunk);
    }

    private void send(Update update) {
      List<TokenChoice> tokens = unsent.get(update.choice());
      if (request.wanted().topLogProbabilities().isPresent()) {
        tokens.addAll(update.tokens());
      }
      for (Delta delta : update.deltas()) {
        ObjectNode chunk = json.chunk(update.choice());
        ChatJson.fill(chunk, delta);
        addLogs(chunk, tokens);
        send(chunk);
      }
      update.end().ifPresent(end -> end(update.choice(), end, tokens));
    }

    private void end(int choice, Update.Ending end, List<TokenChoice> tokens) {
      ObjectNode chunk = json.chunk(choice);
      ChatJson.choiceOf(chunk).put("finish_reason", end.reason());
      addLogs(chunk, tokens);
      send(chunk);
      usage.add(end.generation());
    }

    /** A token that adds no text yet goes with the text that it becomes part of. */
    private void addLogs(ObjectNode chunk, List<TokenChoice> tokens) {
      if (!tokens.isEmpty()) {
        ChatJson.choiceOf(chunk).set("logprobs", logs.ofChat(tokens));
        tokens.clear();
      }
    }
  }
}
