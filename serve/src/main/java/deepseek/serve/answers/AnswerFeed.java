package deepseek.serve.answers;

import deepseek.models.CausalLm;
import deepseek.models.generate.Generation;
import deepseek.models.generate.TextAnswer;
import deepseek.models.generate.TextPart;
import deepseek.models.generate.TokenChoice;
import deepseek.serve.guard.Guard;
import deepseek.serve.guard.Guards;
import deepseek.serve.http.ApiException;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.Gate;
import deepseek.text.chat.AnswerParser;
import deepseek.text.chat.Delta;
import deepseek.text.chat.SpecialMarkers;
import deepseek.text.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The answers to one request as they come, all of its choices in one row. Closing it ends those
 * that still run.
 */
public final class AnswerFeed implements AutoCloseable {
  /** What comes from the thread that reads an answer. */
  private sealed interface Item {
    int choice();

    record Part(int choice, TextPart part) implements Item {}

    record End(int choice, Generation generation) implements Item {}

    record Failed(int choice, RuntimeException cause) implements Item {}
  }

  private final Tokenizer tokenizer;
  private final Prompt prompt;
  private final Exchange exchange;
  private final Guards guards;
  private final long patience;
  private final long deadline;
  private final List<TextAnswer> answers = new ArrayList<>();
  private final List<AnswerParser> parsers = new ArrayList<>();
  private final List<Thread> readers = new ArrayList<>();
  private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
  private int open;

  private AnswerFeed(CausalLm model, Prompt prompt, House house, Exchange exchange) {
    this.tokenizer = model.tokenizer();
    this.prompt = prompt;
    this.exchange = exchange;
    this.guards = house.guards();
    this.patience = house.limits().patience().toNanos();
    this.deadline = exchange.startNanos() + house.limits().time().toNanos();
  }

  /**
   * Asks a model, which stays the caller's and must stay open until this is closed.
   *
   * @throws deepseek.models.generate.EngineBusyException where the model's queue has no room
   */
  public static AnswerFeed ask(
      CausalLm model, Prompt prompt, Wanted wanted, House house, Exchange exchange) {
    AnswerFeed feed = new AnswerFeed(model, prompt, house, exchange);
    try {
      for (int choice = 0; choice < wanted.choices(); choice++) {
        feed.answers.add(
            model.submit(
                prompt.ids(),
                wanted.options(model, prompt, house.limits(), exchange.client(), choice)));
      }
    } catch (RuntimeException e) {
      feed.close();
      throw e;
    }
    feed.start();
    return feed;
  }

  private void start() {
    for (int choice = 0; choice < answers.size(); choice++) {
      parsers.add(new AnswerParser(prompt.expected(), () -> callId(prompt.callIdLength())));
      int index = choice;
      TextAnswer answer = answers.get(choice);
      readers.add(
          Thread.ofVirtual().name("answer-" + exchange.id()).start(() -> read(index, answer)));
    }
    open = answers.size();
    exchange.onCancel(() -> items.add(new Item.Failed(0, closing())));
  }

  private static ApiException closing() {
    return ApiException.of(
            ApiException.Kind.UNAVAILABLE,
            "answer the request",
            "a server that is open",
            "one that is closing",
            "try again, perhaps elsewhere")
        .withRetryAfter(1);
  }

  private static String callId(int length) {
    String id = Gate.newId("call_");
    return length == 0 ? id : id.substring(id.length() - length);
  }

  private void read(int choice, TextAnswer answer) {
    try {
      for (TextPart part : answer) {
        items.add(new Item.Part(choice, part));
      }
      items.add(new Item.End(choice, answer.result()));
    } catch (RuntimeException e) {
      items.add(new Item.Failed(choice, e));
    }
  }

  /** Passes on what is new until all answers have ended, and keeps a waiting client company. */
  public void forEach(Consumer<Update> taker) {
    if (guards.watch(Guard.Direction.OUTPUT)) {
      Withheld withheld = new Withheld(answers.size(), text -> guards.allow(exchange, text), taker);
      run(withheld::take);
    } else {
      run(taker);
    }
  }

  private void run(Consumer<Update> taker) {
    while (open > 0) {
      next().ifPresent(item -> taker.accept(update(item)));
      exchange.keepAlive(patience);
    }
  }

  private Optional<Item> next() {
    try {
      long left = deadline - System.nanoTime();
      Item item = items.poll(Math.min(left, patience), TimeUnit.NANOSECONDS);
      if (System.nanoTime() >= deadline) {
        throw ApiException.of(
            ApiException.Kind.TOO_SLOW,
            "answer the request",
            "an answer within the server's limit",
            "one that takes longer",
            "ask for fewer tokens, or try when the server has less to do");
      }
      return Optional.ofNullable(item);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw closing();
    }
  }

  private Update update(Item item) {
    AnswerParser parser = parsers.get(item.choice());
    return switch (item) {
      case Item.Part(int choice, TextPart part) -> {
        exchange.account().firstToken(System.nanoTime() - exchange.startNanos());
        yield new Update(choice, parser.push(text(part)), part.tokens(), Optional.empty());
      }
      case Item.End(int choice, Generation generation) -> {
        open--;
        List<Delta> last = parser.finish();
        var end = new Update.Ending(generation, parser.hasCalls(), false);
        note(end, choice);
        yield new Update(choice, last, List.of(), Optional.of(end));
      }
      case Item.Failed(int _, RuntimeException cause) -> throw cause;
    };
  }

  private void note(Update.Ending end, int choice) {
    Generation generation = end.generation();
    exchange
        .account()
        .tokens(choice == 0 ? generation.promptIds().length : 0, generation.ids().length);
    exchange.account().finished(end.reason());
  }

  private String text(TextPart part) {
    int[] ids = part.tokens().stream().mapToInt(TokenChoice::id).toArray();
    return SpecialMarkers.restore(tokenizer, part.text(), ids);
  }

  /** Ends what still runs, and waits for it. */
  @Override
  public void close() {
    answers.forEach(TextAnswer::close);
    boolean wasInterrupted = false;
    for (Thread reader : readers) {
      while (reader.isAlive()) {
        try {
          reader.join();
        } catch (InterruptedException e) {
          wasInterrupted = true;
        }
      }
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
