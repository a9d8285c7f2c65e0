package deepseek.serve.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.CausalLm;
import deepseek.models.generate.TokenChoice;
import deepseek.serve.answers.AnswerFeed;
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
import deepseek.text.chat.Delta;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/completions}. Several prompts are answered one after another. */
public final class Completions implements Gate.Endpoint {
  private final House house;

  /** Answers by the models of this house. */
  public Completions(House house) {
    this.house = house;
  }

  @Override
  public void answer(Exchange exchange) {
    Fields body = exchange.body();
    String name = body.text("model");
    exchange.account().model(name);
    try (Lease<Loaded.Text> lease = house.shelf().borrow(name, Loaded.Text.class)) {
      CausalLm model = lease.model().model();
      CompletionRequest request =
          CompletionRequest.read(body, model, house.forms(), house.limits());
      Run run = new Run(exchange, request, model, new Reply(name, model));
      request.prompts().forEach(run::admit);
      run.run();
    }
  }

  /** Spells completions. */
  private static final class Reply {
    private final String id = Gate.newId("cmpl-");
    private final long created = Instant.now().getEpochSecond();
    private final String name;
    private final LogProbabilitiesJson logs;

    Reply(String name, CausalLm model) {
      this.name = name;
      this.logs = new LogProbabilitiesJson(model.tokenizer());
    }

    ObjectNode head() {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.put("id", id)
          .put("object", "text_completion")
          .put("created", created)
          .put("model", name);
      json.putArray("choices");
      return json;
    }

    ObjectNode addChoice(ObjectNode json, int index, String text) {
      ObjectNode choice = json.withArray("choices").addObject();
      choice.put("text", text).put("index", index);
      choice.putNull("logprobs");
      choice.putNull("finish_reason");
      return choice;
    }
  }

  /** One request. */
  private final class Run {
    private final Exchange exchange;
    private final CompletionRequest request;
    private final CausalLm model;
    private final Reply reply;
    private final UsageJson usage = new UsageJson();

    Run(Exchange exchange, CompletionRequest request, CausalLm model, Reply reply) {
      this.exchange = exchange;
      this.request = request;
      this.model = model;
      this.reply = reply;
    }

    void admit(int[] ids) {
      String text = model.tokenizer().decodeWithSpecialTokens(ids);
      exchange.account().prompt(text);
      house.guards().admit(exchange, "prompt", text);
    }

    private AnswerFeed ask(int[] ids) {
      return AnswerFeed.ask(
          model, Prompt.of(ids, request.form()), request.wanted(), house, exchange);
    }

    private String echo(int[] ids) {
      return request.hasEcho() ? model.tokenizer().decode(ids) : "";
    }

    void run() {
      if (request.isStream()) {
        stream();
      } else {
        exchange.reply(whole());
      }
    }

    private ObjectNode whole() {
      ObjectNode json = reply.head();
      int index = 0;
      for (int[] ids : request.prompts()) {
        UsageJson taken = new UsageJson();
        try (AnswerFeed feed = ask(ids)) {
          for (WholeAnswer answer : WholeAnswer.of(feed, request.wanted().choices())) {
            String echo = echo(ids);
            ObjectNode choice = reply.addChoice(json, index++, echo + answer.content());
            choice.put("finish_reason", answer.end().reason());
            if (request.wanted().topLogProbabilities().isPresent()) {
              choice.set("logprobs", reply.logs.ofCompletion(answer.tokens(), echo.length()));
            }
            taken.add(answer.end().generation());
          }
        }
        usage.add(taken);
      }
      json.set("usage", usage.json());
      return json;
    }

    private void stream() {
      AnswerFeed first = ask(request.prompts().getFirst());
      ReplyStream out = exchange.stream(ReplyStream.Kind.EVENTS);
      for (int i = 0; i < request.prompts().size(); i++) {
        int[] ids = request.prompts().get(i);
        UsageJson taken = new UsageJson();
        try (AnswerFeed feed = i == 0 ? first : ask(ids)) {
          new Part(out, i * request.wanted().choices(), echo(ids), taken).send(feed);
        }
        usage.add(taken);
      }
      if (request.hasUsage()) {
        ObjectNode last = reply.head();
        last.set("usage", usage.json());
        out.send(last);
      }
      out.sendDone();
    }

    /** The answers to one prompt as events. */
    private final class Part {
      private final ReplyStream out;
      private final int firstIndex;
      private final String echo;
      private final UsageJson taken;
      private final List<List<TokenChoice>> unsent = new ArrayList<>();
      private final int[] offsets = new int[request.wanted().choices()];

      Part(ReplyStream out, int firstIndex, String echo, UsageJson taken) {
        this.out = out;
        this.firstIndex = firstIndex;
        this.echo = echo;
        this.taken = taken;
      }

      void send(AnswerFeed feed) {
        for (int choice = 0; choice < request.wanted().choices(); choice++) {
          unsent.add(new ArrayList<>());
          if (!echo.isEmpty()) {
            send(choice, echo, null);
          }
        }
        feed.forEach(this::send);
      }

      private void send(Update update) {
        if (request.wanted().topLogProbabilities().isPresent()) {
          unsent.get(update.choice()).addAll(update.tokens());
        }
        for (Delta delta : update.deltas()) {
          if (delta instanceof Delta.Content(String text)) {
            send(update.choice(), text, null);
          }
        }
        update
            .end()
            .ifPresent(
                end -> {
                  send(update.choice(), "", end.reason());
                  taken.add(end.generation());
                });
      }

      private void send(int choice, String text, @Nullable String reason) {
        ObjectNode chunk = reply.head();
        if (request.hasUsage()) {
          chunk.putNull("usage");
        }
        ObjectNode json = reply.addChoice(chunk, firstIndex + choice, text);
        json.put("finish_reason", reason);
        List<TokenChoice> tokens = unsent.get(choice);
        if (!tokens.isEmpty()) {
          json.set("logprobs", reply.logs.ofCompletion(tokens, offsets[choice]));
          tokens.clear();
        }
        offsets[choice] += text.length();
        out.send(chunk);
      }
    }
  }
}
