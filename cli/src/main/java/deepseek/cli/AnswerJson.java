package deepseek.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.generate.Generation;
import deepseek.models.generate.Timings;

/** What {@code run --json} prints: an answer for programs. */
final class AnswerJson {
  private AnswerJson() {}

  /** Names as in OpenAI's usage and llama-server's timings; times in milliseconds. */
  static ObjectNode of(String model, Generation answer) {
    Timings t = answer.timings();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model", model).put("text", answer.text());
    json.put(
        "finish_reason",
        switch (answer.finish()) {
          case STOP, STOP_STRING -> "stop";
          case LENGTH -> "length";
          case CANCELLED -> "cancelled";
        });
    json.putObject("usage")
        .put("prompt_tokens", answer.promptIds().length)
        .put("completion_tokens", answer.ids().length);
    json.putObject("timings")
        .put("prompt_ms", t.promptNanos() / 1e6)
        .put("prompt_per_second", t.promptTokensPerSecond())
        .put("predicted_ms", t.decodeNanos() / 1e6)
        .put("predicted_per_second", t.tokensPerSecond());
    return json;
  }
}
