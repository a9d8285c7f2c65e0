package deepseek.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.models.CausalLm;
import deepseek.serve.answers.Forms;
import deepseek.serve.answers.Wanted;
import deepseek.serve.http.ApiException;
import deepseek.serve.http.Fields;
import deepseek.serve.http.Limits;
import deepseek.text.grammar.Grammar;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A request for completions.
 *
 * @param hasEcho whether an answer begins with its prompt
 */
record CompletionRequest(
    List<int[]> prompts,
    Optional<Grammar> form,
    Wanted wanted,
    boolean hasEcho,
    boolean isStream,
    boolean hasUsage) {
  private static final int USUAL_TOKENS = 16;
  private static final int MOST_TOP = 20;
  private static final String PROMPT = "prompt";

  static CompletionRequest read(Fields body, CausalLm model, Forms forms, Limits limits) {
    int choices = body.whole("n", 1, limits.choices()).orElse(1);
    int best = body.whole("best_of", 1, limits.choices()).orElse(choices);
    if (best != choices) {
      throw body.refused("best_of", "n, since all answers are given", best + "");
    }
    if (!body.optionalText("suffix").orElse("").isEmpty()) {
      throw body.refused("suffix", "none, since models here only continue", "a text");
    }
    List<int[]> prompts = prompts(body, model);
    if ((long) prompts.size() * choices > limits.choices()) {
      throw body.refused(
          PROMPT, "at most " + limits.choices() + " answers to all of them", prompts.size() + "");
    }
    OptionalInt most = body.whole("max_tokens", 1, limits.newTokens());
    Wanted wanted =
        new Wanted(
            choices,
            OptionalInt.of(most.orElse(USUAL_TOKENS)),
            ChatRequest.sampling(body, model),
            Wanted.stops(body),
            body.whole("logprobs", 0, MOST_TOP),
            ChatRequest.priority(body),
            body.flag("ignore_eos", false));
    return new CompletionRequest(
        prompts,
        forms.read(body),
        wanted,
        body.flag("echo", false),
        body.flag("stream", false),
        ChatRequest.hasUsage(body));
  }

  /** A text, a list of texts, a list of token ids, or a list of such lists. */
  private static List<int[]> prompts(Fields body, CausalLm model) {
    JsonNode value = body.value(PROMPT).orElseThrow(() -> body.missing(PROMPT, "a text"));
    int vocabSize = model.tokenizer().vocabSize();
    List<int[]> prompts = new ArrayList<>();
    boolean isIds = value.isArray() && !value.isEmpty() && value.get(0).isNumber();
    boolean isLists = value.isArray() && !value.isEmpty() && value.get(0).isArray();
    if (isIds) {
      prompts.add(body.ids(PROMPT, vocabSize));
    } else if (isLists) {
      for (JsonNode list : value) {
        String path = body.path(PROMPT) + "[" + prompts.size() + "]";
        if (!list.isArray()) {
          throw Fields.wrong(path, "a list of token ids", list);
        }
        prompts.add(Fields.ids(path, list, vocabSize));
      }
    } else {
      body.texts(PROMPT, Integer.MAX_VALUE)
          .forEach(text -> prompts.add(model.tokenizer().encode(text)));
    }
    return checked(body, prompts, model);
  }

  private static List<int[]> checked(Fields body, List<int[]> prompts, CausalLm model) {
    if (prompts.isEmpty() || prompts.stream().anyMatch(ids -> ids.length == 0)) {
      throw body.refused(PROMPT, "at least one token in each", "an empty one");
    }
    for (int[] ids : prompts) {
      if (ids.length >= model.contextLength()) {
        throw ApiException.ofField(
                body.path(PROMPT),
                "at most " + (model.contextLength() - 1) + " tokens, the model's context",
                ids.length + "",
                "shorten the prompt")
            .withCode("context_length_exceeded");
      }
    }
    return prompts;
  }
}
