package deepseek.serve.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.serve.answers.WholeAnswer;
import deepseek.serve.http.Gate;
import deepseek.text.chat.Delta;
import java.time.Instant;
import java.util.List;

/** Spells chat completions. */
final class ChatJson {
  private final String id = Gate.newId("chatcmpl-");
  private final long created = Instant.now().getEpochSecond();
  private final String model;

  ChatJson(String model) {
    this.model = model;
  }

  ObjectNode whole() {
    return head("chat.completion");
  }

  ObjectNode chunk() {
    return head("chat.completion.chunk");
  }

  private ObjectNode head(String object) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", model)
        .put("system_fingerprint", "deepseek-jvm");
    json.putArray("choices");
    return json;
  }

  /** A chunk with one choice, whose delta is still empty. */
  ObjectNode chunk(int choice) {
    ObjectNode chunk = chunk();
    ObjectNode only = chunk.withArray("choices").addObject();
    only.put("index", choice);
    only.putObject("delta");
    only.putNull("logprobs");
    only.putNull("finish_reason");
    return chunk;
  }

  static ObjectNode choiceOf(ObjectNode chunk) {
    return (ObjectNode) chunk.get("choices").get(0);
  }

  /** The chunk with which a choice begins. */
  ObjectNode first(int choice) {
    ObjectNode chunk = chunk(choice);
    choiceOf(chunk).withObject("/delta").put("role", "assistant").put("content", "");
    return chunk;
  }

  /** Puts a part of an answer into the chunk's delta. */
  static void fill(ObjectNode chunk, Delta part) {
    ObjectNode delta = choiceOf(chunk).withObject("/delta");
    switch (part) {
      case Delta.Reasoning(String text) -> delta.put("reasoning_content", text);
      case Delta.Content(String text) -> delta.put("content", text);
      case Delta.CallBegin(int index, String id, String name) -> {
        ObjectNode call = delta.putArray("tool_calls").addObject();
        call.put("index", index).put("id", id).put("type", "function");
        call.putObject("function").put("name", name).put("arguments", "");
      }
      case Delta.CallArguments(int index, String json) ->
          delta
              .putArray("tool_calls")
              .addObject()
              .put("index", index)
              .putObject("function")
              .put("arguments", json);
    }
  }

  static ObjectNode message(WholeAnswer answer) {
    ObjectNode message = JsonNodeFactory.instance.objectNode();
    message.put("role", "assistant");
    List<WholeAnswer.Call> calls = answer.calls();
    message.put(
        "content", answer.content().isEmpty() && !calls.isEmpty() ? null : answer.content());
    message.putNull("refusal");
    if (!answer.reasoning().isEmpty()) {
      message.put("reasoning_content", answer.reasoning());
    }
    if (!calls.isEmpty()) {
      ArrayNode list = message.putArray("tool_calls");
      for (WholeAnswer.Call call : calls) {
        ObjectNode json = list.addObject();
        json.put("id", call.id()).put("type", "function");
        json.putObject("function").put("name", call.name()).put("arguments", call.arguments());
      }
    }
    return message;
  }
}
