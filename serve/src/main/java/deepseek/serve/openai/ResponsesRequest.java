package deepseek.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.CausalLm;
import deepseek.serve.answers.ChatTask;
import deepseek.serve.answers.Forms;
import deepseek.serve.answers.Messages;
import deepseek.serve.answers.ToolSet;
import deepseek.serve.answers.Wanted;
import deepseek.serve.http.Fields;
import deepseek.serve.http.Limits;
import deepseek.text.chat.ChatMessage;
import deepseek.text.chat.ToolCall;
import deepseek.text.grammar.Grammar;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request of the responses API. Nothing is stored here, so that a conversation comes whole.
 *
 * @param json the request itself, parts of which the reply repeats
 */
record ResponsesRequest(ChatTask task, Wanted wanted, boolean isStream, ObjectNode json) {
  static ResponsesRequest read(Fields body, CausalLm model, Forms forms, Limits limits) {
    if (body.has("previous_response_id")) {
      throw body.refused(
          "previous_response_id", "none, since nothing is stored", "one; send the whole input");
    }
    if (body.flag("background", false)) {
      throw body.refused("background", "false, since nothing is stored", "true");
    }
    Optional<Grammar> form =
        body.object("text")
            .flatMap(text -> text.object("format"))
            .flatMap(format -> forms.ofFormat(format, ""));
    ChatTask task =
        new ChatTask(new Input(body).messages(), ToolSet.read(body), form, Map.of(), "input");
    Wanted wanted =
        Wanted.one(
            body.whole("max_output_tokens", 1, limits.newTokens()),
            ChatRequest.sampling(body, model),
            List.of());
    return new ResponsesRequest(task, wanted, body.flag("stream", false), body.json());
  }

  /** Reads the items of an input, of which several may make one message. */
  private static final class Input {
    private final Fields body;
    private final List<ChatMessage> messages = new ArrayList<>();
    private final List<ToolCall> calls = new ArrayList<>();
    private final Map<String, String> names = new HashMap<>();

    Input(Fields body) {
      this.body = body;
    }

    List<ChatMessage> messages() {
      body.optionalText("instructions").ifPresent(text -> messages.add(ChatMessage.system(text)));
      Optional<JsonNode> input = body.value("input");
      if (input.isPresent() && input.get().isTextual()) {
        messages.add(ChatMessage.user(body.text("input")));
      } else {
        body.objects("input").forEach(this::add);
        endCalls();
      }
      if (messages.isEmpty() || input.isEmpty()) {
        throw body.refused("input", "a text or at least one item", "none");
      }
      return messages;
    }

    private void add(Fields item) {
      String type = item.optionalText("type").orElse("message");
      switch (type) {
        case "message" -> {
          endCalls();
          messages.add(message(item));
        }
        case "function_call" -> addCall(item);
        case "function_call_output" -> {
          endCalls();
          String id = item.text("call_id");
          String output = Messages.content(item, "output").orElse("");
          messages.add(ChatMessage.tool(id, names.getOrDefault(id, ""), output));
        }
        case "reasoning" -> {} // of an earlier answer, which templates leave out
        default ->
            throw item.refused(
                "type", "message, function_call, function_call_output or reasoning", type);
      }
    }

    private static ChatMessage message(Fields item) {
      String role =
          item.word("role", List.of("system", "developer", "user", "assistant"))
              .orElseThrow(() -> item.missing("role", "a role"));
      String content =
          Messages.content(item, "content")
              .orElseThrow(() -> item.missing("content", "a text or a list of parts"));
      return ChatMessage.of(role.equals("developer") ? "system" : role, content);
    }

    private void addCall(Fields item) {
      String id = item.text("call_id");
      String name = item.text("name");
      names.put(id, name);
      calls.add(
          new ToolCall(
              id, name, Messages.parsedArguments(item.text("arguments"), item.path("arguments"))));
    }

    /** Calls belong to the text that the model wrote before them, if there is one. */
    private void endCalls() {
      if (calls.isEmpty()) {
        return;
      }
      boolean follows = !messages.isEmpty() && messages.getLast().role().equals("assistant");
      ChatMessage head = follows ? messages.removeLast() : ChatMessage.assistant("");
      messages.add(head.withToolCalls(calls));
      calls.clear();
    }
  }
}
