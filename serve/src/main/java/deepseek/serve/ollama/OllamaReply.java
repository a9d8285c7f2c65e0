package deepseek.serve.ollama;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.generate.Generation;
import deepseek.serve.answers.AnswerFeed;
import deepseek.serve.answers.Messages;
import deepseek.serve.answers.Update;
import deepseek.serve.answers.WholeAnswer;
import deepseek.serve.http.Exchange;
import deepseek.serve.http.ReplyStream;
import deepseek.text.chat.Delta;
import java.time.Instant;
import java.util.function.BiConsumer;

/** Spells an answer as Ollama does, in one piece or in lines. */
final class OllamaReply {
  private final Exchange exchange;
  private final String model;
  private final long loadNanos;
  private final BiConsumer<ObjectNode, WholeAnswer> body;

  /**
   * @param loadNanos how long it took to have the model
   * @param body puts an answer, or the part of one that is new, into a line
   */
  OllamaReply(
      Exchange exchange, String model, long loadNanos, BiConsumer<ObjectNode, WholeAnswer> body) {
    this.exchange = exchange;
    this.model = model;
    this.loadNanos = loadNanos;
    this.body = body;
  }

  void whole(AnswerFeed feed) {
    WholeAnswer answer = WholeAnswer.of(feed, 1).getFirst();
    ObjectNode json = head();
    body.accept(json, answer);
    end(json, answer.end());
    exchange.reply(json);
  }

  /** Says that the model is open. */
  void loaded() {
    ObjectNode json = head();
    body.accept(json, new WholeAnswer());
    exchange.reply(json.put("done", true).put("done_reason", "load"));
  }

  void stream(AnswerFeed feed) {
    ReplyStream out = exchange.stream(ReplyStream.Kind.LINES);
    // Calls go out as a whole, at the end, since arguments here are no text.
    WholeAnswer calls = new WholeAnswer();
    feed.forEach(update -> send(update, calls, out));
  }

  private void send(Update update, WholeAnswer calls, ReplyStream out) {
    WholeAnswer part = new WholeAnswer();
    for (Delta delta : update.deltas()) {
      boolean isCall = delta instanceof Delta.CallBegin || delta instanceof Delta.CallArguments;
      (isCall ? calls : part).add(delta);
    }
    if (!part.content().isEmpty() || !part.reasoning().isEmpty()) {
      line(part, out);
    }
    if (update.end().isPresent()) {
      if (!calls.calls().isEmpty()) {
        line(calls, out);
      }
      ObjectNode last = head();
      body.accept(last, new WholeAnswer());
      end(last, update.end().get());
      out.send(last);
    }
  }

  private void line(WholeAnswer part, ReplyStream out) {
    ObjectNode line = head();
    body.accept(line, part);
    out.send(line.put("done", false));
  }

  private ObjectNode head() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("model", model)
        .put("created_at", Instant.now().toString());
  }

  private void end(ObjectNode json, Update.Ending end) {
    Generation generation = end.generation();
    String reason = end.reason().equals("tool_calls") ? "stop" : end.reason();
    json.put("done", true)
        .put("done_reason", reason)
        .put("total_duration", System.nanoTime() - exchange.startNanos())
        .put("load_duration", loadNanos)
        .put("prompt_eval_count", generation.promptIds().length)
        .put("prompt_eval_duration", generation.timings().promptNanos())
        .put("eval_count", generation.ids().length)
        .put("eval_duration", generation.timings().decodeNanos());
  }

  /** An answer as the message of a chat. */
  static void message(ObjectNode line, WholeAnswer answer) {
    ObjectNode message = line.putObject("message");
    message.put("role", "assistant").put("content", answer.content());
    if (!answer.reasoning().isEmpty()) {
      message.put("thinking", answer.reasoning());
    }
    for (WholeAnswer.Call call : answer.calls()) {
      ObjectNode function = message.withArray("tool_calls").addObject().putObject("function");
      function.put("name", call.name()).set("arguments", arguments(call));
    }
  }

  /** Arguments that were cut off are no JSON; the model's text is passed on in their place. */
  private static ObjectNode arguments(WholeAnswer.Call call) {
    return Messages.object(call.arguments())
        .orElseGet(() -> JsonNodeFactory.instance.objectNode().put("text", call.arguments()));
  }

  /** An answer as a text. */
  static void response(ObjectNode line, WholeAnswer answer) {
    line.put("response", answer.content());
    if (!answer.reasoning().isEmpty()) {
      line.put("thinking", answer.reasoning());
    }
  }
}
