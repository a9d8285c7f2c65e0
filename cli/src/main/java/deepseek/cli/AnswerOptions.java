package deepseek.cli;

import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Sampling;
import java.util.List;
import java.util.Optional;
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
    return Usage.of(command, "--stop", stop, options::withStop);
  }
}
