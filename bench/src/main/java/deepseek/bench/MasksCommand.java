package deepseek.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.ModelOptions;
import deepseek.models.generate.Answer;
import deepseek.models.generate.EngineConfig;
import deepseek.models.generate.Sampling;
import deepseek.models.generate.TokenConstraint;
import deepseek.models.generate.TokenRequest;
import deepseek.text.chat.ChatMessage;
import deepseek.text.chat.ChatOptions;
import deepseek.text.grammar.Grammar;
import deepseek.text.grammar.TokenGrammar;
import deepseek.text.grammar.TokenMask;
import deepseek.text.grammar.TokenVocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What it costs to hold one answer to a form. Answers without one, with JSON and with a schema take
 * turns, each first with nothing known of the form, then with other answers' masks kept.
 */
@Command(name = "masks", description = "Tokens/s with a form of the answer, and the masks' share.")
final class MasksCommand implements Runnable {
  private static final int WARM_UPS = 3;
  private static final String SCHEMA =
      """
      {"type": "array", "minItems": 8, "items": {"type": "object",
        "properties": {
          "name": {"type": "string", "maxLength": 40},
          "country": {"enum": ["France", "Italy", "Spain", "Germany", "Japan", "Brazil"]},
          "founded": {"type": "integer", "minimum": -800, "maximum": 2025},
          "population": {"type": "number"},
          "tags": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]{3,12}$"},
                   "maxItems": 3}},
        "required": ["name", "country", "founded", "population", "tags"],
        "additionalProperties": false}}
      """;

  @Mixin private Setup setup;

  @Option(names = "--prompt", defaultValue = "List cities with their countries, as JSON.")
  private String prompt;

  @Option(names = "--new-tokens", defaultValue = "128")
  private int newTokens;

  /** Measures the time of another. */
  private static final class Timed implements TokenConstraint {
    private final TokenConstraint inner;
    private boolean isLater;
    private long firstNanos;
    private long laterNanos;

    Timed(TokenConstraint inner) {
      this.inner = inner;
    }

    private void count(long start) {
      long nanos = System.nanoTime() - start;
      if (isLater) {
        laterNanos += nanos;
      } else {
        firstNanos += nanos;
      }
    }

    @Override
    public TokenMask mask() {
      long start = System.nanoTime();
      TokenMask mask = inner.mask();
      count(start);
      return mask;
    }

    @Override
    public void accept(int id) {
      isLater = true;
      long start = System.nanoTime();
      inner.accept(id);
      count(start);
    }
  }

  /** The measurements of one form. */
  private static final class Side {
    private final String name;
    private final Optional<Supplier<TokenGrammar>> form;
    private final List<Double> rates = new ArrayList<>();
    private final List<Double> relative = new ArrayList<>();
    private final List<Double> first = new ArrayList<>();
    private final List<Double> shares = new ArrayList<>();

    Side(String name, Optional<Supplier<TokenGrammar>> form) {
      this.name = name;
      this.form = form;
    }

    /** What was measured until all code was compiled. */
    void forget(Report report) {
      if (!first.isEmpty()) {
        report.figure(name + ": first mask of the process", first.getFirst(), "ms");
      }
      rates.clear();
      relative.clear();
      first.clear();
      shares.clear();
    }

    void report(Report report) {
      report.figure(name + ": speed", Spread.of(rates), "tokens/s");
      if (form.isPresent()) {
        report.figure(name + ": speed / free", Spread.of(relative), "");
        report.figure(name + ": first mask", Spread.of(first), "ms");
        report.figure(name + ": masks after it", Spread.of(shares), "% of time");
      }
    }
  }

  @Override
  public void run() {
    Report report = setup.report("masks");
    report.figure("threads", setup.applyThreads(), "");
    ModelOptions options =
        ModelOptions.defaults().withEngine(EngineConfig.defaults().withKeptBytes(0));
    try (CausalLm model = AutoModel.causalLm(setup.resolve().toString(), options)) {
      int[] ids = model.chatPrompt(List.of(ChatMessage.user(prompt)), ChatOptions.ANSWER);
      TokenRequest request = TokenRequest.of(ids).withMaxNewTokens(newTokens);
      long start = System.nanoTime();
      TokenVocabulary vocabulary = TokenVocabulary.of(model.tokenizer(), model.endIds());
      report.figure("the model's vocabulary, once", (System.nanoTime() - start) / 1e6, "ms");
      List<Side> sides = sides(vocabulary);
      for (int i = 0; i < WARM_UPS + setup.repeats(); i++) {
        if (i == WARM_UPS) {
          sides.forEach(side -> side.forget(report));
        }
        double free = 0;
        for (Side side : sides) {
          Sampling sampling = Sampling.plain().withTemperature(0.7).withTopK(40).withSeed(i);
          double rate = measure(model, request.withSampling(sampling), side);
          free = side.form.isEmpty() ? rate : free;
          side.relative.add(rate / free);
        }
      }
      sides.forEach(side -> side.report(report));
    }
  }

  private static List<Side> sides(TokenVocabulary vocabulary) {
    List<Side> sides = new ArrayList<>();
    sides.add(new Side("free", Optional.empty()));
    add(sides, "JSON", Grammar.json(), vocabulary);
    try {
      Grammar grammar = Grammar.ofJsonSchema(new ObjectMapper().readTree(SCHEMA));
      add(sides, "schema", grammar, vocabulary);
    } catch (JsonProcessingException e) {
      throw new AssertionError("the schema is JSON", e);
    }
    return sides;
  }

  private static void add(
      List<Side> sides, String name, Grammar grammar, TokenVocabulary vocabulary) {
    TokenGrammar kept = new TokenGrammar(grammar, vocabulary);
    sides.add(new Side(name + ", new", Optional.of(() -> new TokenGrammar(grammar, vocabulary))));
    sides.add(new Side(name + ", known", Optional.of(() -> kept)));
  }

  /** Returns tokens/s. */
  private static double measure(CausalLm model, TokenRequest request, Side side) {
    Optional<Timed> timed = side.form.map(form -> new Timed(TokenConstraint.of(form.get())));
    TokenRequest held =
        timed.map(constraint -> request.withConstraint(() -> constraint)).orElse(request);
    Answer answer = model.engine().submit(held.withIgnoreEos(side.form.isEmpty())).result();
    double rate = answer.timings().tokensPerSecond();
    side.rates.add(rate);
    timed.ifPresent(
        constraint -> {
          side.first.add(constraint.firstNanos / 1e6);
          side.shares.add(100.0 * constraint.laterNanos / answer.timings().decodeNanos());
        });
    return rate;
  }
}
