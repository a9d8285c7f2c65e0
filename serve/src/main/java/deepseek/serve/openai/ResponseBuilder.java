package deepseek.serve.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.serve.answers.Update;
import deepseek.serve.http.Gate;
import deepseek.text.chat.Delta;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Builds a response of items from an answer as it comes: reasoning, a message, calls; and tells of
 * each step by an event.
 */
final class ResponseBuilder {
  /** An item that is being written. */
  private final class Item {
    private final ObjectNode json = JsonNodeFactory.instance.objectNode();
    private final StringBuilder text = new StringBuilder();
    private final Kind kind;
    private final int index;

    Item(Kind kind, String prefix) {
      this.kind = kind;
      this.index = output.size();
      json.put("type", kind.type).put("id", Gate.newId(prefix));
    }

    ObjectNode event() {
      ObjectNode event = JsonNodeFactory.instance.objectNode();
      event.put("item_id", json.get("id").textValue()).put("output_index", index);
      return kind == Kind.CALL ? event : event.put("content_index", 0);
    }
  }

  /** What an item is, with the names of its events. */
  private enum Kind {
    REASONING("reasoning", "reasoning_text"),
    MESSAGE("message", "output_text"),
    CALL("function_call", "function_call_arguments");

    private final String type;
    private final String events;

    Kind(String type, String events) {
      this.type = type;
      this.events = events;
    }
  }

  private final ObjectNode response = JsonNodeFactory.instance.objectNode();
  private final ArrayNode output = JsonNodeFactory.instance.arrayNode();
  private final BiConsumer<String, ObjectNode> listener;
  private Optional<Item> open = Optional.empty();
  private int events;
  private int reasoningTokens;

  /** {@code listener} hears of each event with its name. */
  ResponseBuilder(String model, ResponsesRequest request, BiConsumer<String, ObjectNode> listener) {
    this.listener = listener;
    ObjectNode asked = request.json();
    response
        .put("id", Gate.newId("resp_"))
        .put("object", "response")
        .put("created_at", Instant.now().getEpochSecond())
        .put("status", "in_progress")
        .put("model", model);
    for (String name :
        new String[] {"error", "incomplete_details", "previous_response_id", "usage"}) {
      response.putNull(name);
    }
    repeat(asked, "instructions", "max_output_tokens", "user", "reasoning");
    response.set("metadata", asked.has("metadata") ? asked.get("metadata") : asked.objectNode());
    response.set("tools", asked.has("tools") ? asked.get("tools") : asked.arrayNode());
    if (asked.has("tool_choice")) {
      response.set("tool_choice", asked.get("tool_choice"));
    } else {
      response.put("tool_choice", "auto");
    }
    if (asked.has("text")) {
      response.set("text", asked.get("text"));
    } else {
      response.putObject("text").putObject("format").put("type", "text");
    }
    response
        .put("temperature", request.wanted().sampling().temperature())
        .put("top_p", request.wanted().sampling().topP())
        .put("parallel_tool_calls", true)
        .put("store", false)
        .put("truncation", "disabled")
        .set("output", output);
  }

  private void repeat(ObjectNode asked, String... names) {
    for (String name : names) {
      response.set(name, asked.has(name) ? asked.get(name) : asked.nullNode());
    }
  }

  void begin() {
    tellOfResponse("response.created");
    tellOfResponse("response.in_progress");
  }

  private void tellOfResponse(String name) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.set("response", response.deepCopy());
    tell(name, event);
  }

  private void tell(String name, ObjectNode event) {
    listener.accept(name, event.put("type", name).put("sequence_number", events++));
  }

  void add(Update update) {
    if (update.deltas().stream().anyMatch(Delta.Reasoning.class::isInstance)) {
      reasoningTokens += update.tokens().size();
    }
    update.deltas().forEach(this::add);
    update.end().ifPresent(this::end);
  }

  private void add(Delta delta) {
    switch (delta) {
      case Delta.Reasoning(String text) -> write(itemOf(Kind.REASONING), text);
      case Delta.Content(String text) -> write(itemOf(Kind.MESSAGE), text);
      case Delta.CallBegin(int _, String id, String name) -> {
        close("completed");
        Item item = new Item(Kind.CALL, "fc_");
        item.json.put("call_id", id).put("name", name).put("arguments", "");
        announce(item);
      }
      case Delta.CallArguments(int _, String json) -> write(open.orElseThrow(), json);
    }
  }

  private Item itemOf(Kind kind) {
    if (open.filter(item -> item.kind == kind).isEmpty()) {
      close("completed");
      Item item = new Item(kind, kind == Kind.MESSAGE ? "msg_" : "rs_");
      if (kind == Kind.MESSAGE) {
        item.json.put("role", "assistant");
      } else {
        item.json.putArray("summary");
      }
      item.json.putArray("content");
      announce(item);
      if (kind == Kind.MESSAGE) {
        tell("response.content_part.added", item.event().set("part", part(item)));
      }
    }
    return open.orElseThrow();
  }

  private void announce(Item item) {
    item.json.put("status", "in_progress");
    open = Optional.of(item);
    ObjectNode event = JsonNodeFactory.instance.objectNode().put("output_index", item.index);
    event.set("item", item.json.deepCopy());
    tell("response.output_item.added", event);
  }

  private void write(Item item, String text) {
    item.text.append(text);
    ObjectNode event = item.event().put("delta", text);
    if (item.kind == Kind.MESSAGE) {
      event.putArray("logprobs");
    }
    tell("response." + item.kind.events + ".delta", event);
  }

  private static ObjectNode part(Item item) {
    ObjectNode part = JsonNodeFactory.instance.objectNode();
    if (item.kind == Kind.REASONING) {
      return part.put("type", "reasoning_text").put("text", item.text.toString());
    }
    part.put("type", "output_text").put("text", item.text.toString());
    part.putArray("annotations");
    part.putArray("logprobs");
    return part;
  }

  private void close(String status) {
    if (open.isEmpty()) {
      return;
    }
    Item item = open.get();
    open = Optional.empty();
    item.json.put("status", status);
    ObjectNode done = item.event();
    switch (item.kind) {
      case CALL -> {
        String arguments = item.text.isEmpty() ? "{}" : item.text.toString();
        item.json.put("arguments", arguments);
        done.put("name", item.json.get("name").textValue()).put("arguments", arguments);
      }
      case MESSAGE -> {
        item.json.withArray("content").add(part(item));
        done.put("text", item.text.toString()).putArray("logprobs");
      }
      case REASONING -> {
        item.json.withArray("content").add(part(item));
        done.put("text", item.text.toString());
      }
    }
    tell("response." + item.kind.events + ".done", done);
    if (item.kind == Kind.MESSAGE) {
      tell("response.content_part.done", item.event().set("part", part(item)));
    }
    output.add(item.json);
    ObjectNode event = JsonNodeFactory.instance.objectNode().put("output_index", item.index);
    event.set("item", item.json.deepCopy());
    tell("response.output_item.done", event);
  }

  private void end(Update.Ending end) {
    String reason = end.reason();
    boolean isWhole = reason.equals("stop") || reason.equals("tool_calls");
    String status = isWhole ? "completed" : "incomplete";
    close(status);
    response.put("status", status);
    if (!isWhole) {
      response
          .putObject("incomplete_details")
          .put("reason", reason.equals("length") ? "max_output_tokens" : reason);
    }
    UsageJson usage = new UsageJson();
    usage.add(end.generation());
    response.set("usage", usage.responsesJson(reasoningTokens));
    tellOfResponse("response." + status);
  }

  /** The response as it is by now. */
  ObjectNode json() {
    return response;
  }
}
