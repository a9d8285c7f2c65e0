package deepseek.cli;

import deepseek.files.StrictJson;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Sampling;
import deepseek.text.grammar.Grammar;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What an answer may be. */
final class AnswerOptions {
  /** What changes nothing at temperature 0. */
  static final List<String> OF_DRAWING = List.of("--top-k", "--top-p", "--min-p", "--seed");

  @Option(
      names = {"-n", "--max-tokens"},
      paramLabel = "N",
      defaultValue = "512",
      description = "End after so many tokens (default ${DEFAULT-VALUE}).")
  private int maxTokens;

  @Option(
      names = {"-t", "--temperature"},
      paramLabel = "T",
      defaultValue = "0",
      description = "0 takes the likeliest token (default), 1 draws as the model says.")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      defaultValue = "0",
      description = "Draw from the K likeliest.")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "Draw from the likeliest that add up to P.")
  private double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      defaultValue = "0",
      description = "Draw from those at least P times as likely as the likeliest.")
  private double minP;

  @Option(
      names = "--repeat-penalty",
      paramLabel = "X",
      defaultValue = "1",
      description = "Above 1 makes tokens that were there already less likely.")
  private double repeatPenalty;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      defaultValue = "0",
      description = "Taken off the logits of tokens in the answer.")
  private double presencePenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      defaultValue = "0",
      description = "The same, as often as they are there.")
  private double frequencyPenalty;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Same seed, same answer. Default: a new one each time.")
  private Optional<Long> seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; may be given several times.")
  private List<String> stop = List.of();

  @ArgGroup private Form form = new Form();

  /** At most one of them. */
  private static final class Form {
    @Option(
        names = "--json-schema",
        paramLabel = "FILE",
        description = "Answer with JSON that is valid by this schema.")
    private Optional<Path> jsonSchema = Optional.empty();

    @Option(
        names = "--grammar",
        paramLabel = "FILE",
        description = "Answer with a text of this grammar, in GBNF.")
    private Optional<Path> grammar = Optional.empty();

    @Option(
        names = "--regex",
        paramLabel = "REGEX",
        description = "Answer with a text that this matches as a whole.")
    private Optional<String> regex = Optional.empty();

    GenerationOptions with(CommandSpec command, GenerationOptions options) {
      options =
          Usage.with(command, "--json-schema", jsonSchema.map(Form::schema), options, Form::hold);
      options =
          Usage.with(
              command,
              "--grammar",
              grammar.map(file -> () -> Grammar.ofGbnf(TextFile.read(file))),
              options,
              Form::hold);
      return Usage.with(
          command, "--regex", regex.map(text -> () -> Grammar.ofRegex(text)), options, Form::hold);
    }

    private static GenerationOptions hold(GenerationOptions options, Supplier<Grammar> grammar) {
      return options.withGrammar(grammar.get());
    }

    private static Supplier<Grammar> schema(Path file) {
      return () ->
          Grammar.ofJsonSchema(
              StrictJson.object(
                  "read " + file, TextFile.read(file).getBytes(StandardCharsets.UTF_8)));
    }
  }

  GenerationOptions resolve(CommandSpec command) {
    Sampling sampling = Sampling.greedy();
    sampling = Usage.of(command, "--temperature", temperature, sampling::withTemperature);
    sampling = Usage.of(command, "--top-k", topK, sampling::withTopK);
    sampling = Usage.of(command, "--top-p", topP, sampling::withTopP);
    sampling = Usage.of(command, "--min-p", minP, sampling::withMinP);
    sampling =
        Usage.of(command, "--repeat-penalty", repeatPenalty, sampling::withRepetitionPenalty);
    sampling =
        Usage.of(command, "--presence-penalty", presencePenalty, sampling::withPresencePenalty);
    sampling =
        Usage.of(command, "--frequency-penalty", frequencyPenalty, sampling::withFrequencyPenalty);
    sampling = seed.map(sampling::withSeed).orElse(sampling);
    GenerationOptions options = GenerationOptions.defaults().withSampling(sampling);
    options = Usage.of(command, "--max-tokens", maxTokens, options::withMaxNewTokens);
    options = Usage.of(command, "--stop", stop, options::withStop);
    return form.with(command, options);
  }
}
