package deepseek.serve.ollama;

import deepseek.models.generate.Sampling;
import deepseek.serve.answers.Forms;
import deepseek.serve.answers.SamplingFields;
import deepseek.serve.answers.Wanted;
import deepseek.serve.http.Fields;
import deepseek.serve.http.Limits;
import deepseek.text.grammar.Grammar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What chat and completion have in common.
 *
 * @param variables for the chat template
 */
record OllamaSettings(
    Wanted wanted,
    Optional<Grammar> form,
    Map<String, ? extends @Nullable Object> variables,
    boolean isStream) {
  /** Ollama's own defaults. */
  private static final Sampling USUAL =
      Sampling.plain().withTemperature(0.8).withTopK(40).withTopP(0.9);

  /** Ollama's words for as many as there is room for. */
  private static final int FILL = -2;

  static OllamaSettings read(Fields body, Forms forms, Limits limits) {
    Optional<Fields> options = body.object("options");
    OptionalInt most = options.map(o -> most(o, limits)).orElse(OptionalInt.empty());
    Sampling sampling = options.map(o -> SamplingFields.read(o, USUAL)).orElse(USUAL);
    List<String> stops = options.map(Wanted::stops).orElse(List.of());
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    if (body.value("think").filter(node -> node.isBoolean()).isPresent()) {
      variables.put("enable_thinking", body.flag("think", true));
    }
    return new OllamaSettings(
        Wanted.one(most, sampling, stops), form(body, forms), variables, body.flag("stream", true));
  }

  private static OptionalInt most(Fields options, Limits limits) {
    OptionalInt most = options.whole("num_predict", FILL, limits.newTokens());
    return most.orElse(-1) < 0 ? OptionalInt.empty() : OptionalInt.of(Math.max(1, most.getAsInt()));
  }

  /** {@code "json"}, or a schema. */
  private static Optional<Grammar> form(Fields body, Forms forms) {
    if (body.value("format").filter(node -> node.isTextual()).isPresent()) {
      return body.word("format", List.of("json", ""))
          .filter("json"::equals)
          .map(word -> forms.anyObject());
    }
    return body.object("format").map(schema -> forms.ofSchema("format", schema.json()));
  }
}
