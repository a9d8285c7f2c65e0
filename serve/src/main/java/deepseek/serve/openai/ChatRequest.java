package deepseek.serve.openai;

import deepseek.models.CausalLm;
import deepseek.models.generate.Sampling;
import deepseek.serve.answers.ChatTask;
import deepseek.serve.answers.Forms;
import deepseek.serve.answers.Messages;
import deepseek.serve.answers.SamplingFields;
import deepseek.serve.answers.ToolSet;
import deepseek.serve.answers.Wanted;
import deepseek.serve.http.Fields;
import deepseek.serve.http.Limits;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A request for chat completions.
 *
 * @param hasUsage whether a stream ends with how many tokens it took
 */
record ChatRequest(ChatTask task, Wanted wanted, boolean isStream, boolean hasUsage) {
  private static final int MOST_TOP = 20;
  private static final int MOST_PRIORITY = 1_000_000;

  static ChatRequest read(Fields body, CausalLm model, Forms forms, Limits limits) {
    ChatTask task =
        new ChatTask(
            Messages.read(body),
            ToolSet.read(body),
            forms.read(body),
            body.object("chat_template_kwargs")
                .map(fields -> Messages.plain(fields.json()))
                .orElse(Map.of()),
            "messages");
    OptionalInt most = body.whole("max_completion_tokens", 1, limits.newTokens());
    Wanted wanted =
        new Wanted(
            body.whole("n", 1, limits.choices()).orElse(1),
            most.isPresent() ? most : body.whole("max_tokens", 1, limits.newTokens()),
            sampling(body, model),
            Wanted.stops(body),
            top(body),
            priority(body),
            body.flag("ignore_eos", false));
    return new ChatRequest(task, wanted, body.flag("stream", false), hasUsage(body));
  }

  /** Sampling with OpenAI's defaults. */
  static Sampling sampling(Fields body, CausalLm model) {
    Map<Integer, Double> bias = SamplingFields.bias(body, model.tokenizer().vocabSize());
    Sampling sampling = SamplingFields.read(body, Sampling.plain());
    return bias.isEmpty() ? sampling : sampling.withLogitBias(bias);
  }

  static int priority(Fields body) {
    return body.whole("priority", -MOST_PRIORITY, MOST_PRIORITY).orElse(0);
  }

  static boolean hasUsage(Fields body) {
    return body.object("stream_options")
        .map(options -> options.flag("include_usage", false))
        .orElse(false);
  }

  private static OptionalInt top(Fields body) {
    OptionalInt top = body.whole("top_logprobs", 0, MOST_TOP);
    if (!body.flag("logprobs", false)) {
      if (top.orElse(0) > 0) {
        throw body.refused("top_logprobs", "logprobs to be true", "false");
      }
      return OptionalInt.empty();
    }
    return OptionalInt.of(top.orElse(0));
  }
}
