package deepseek.cli.chat;

import deepseek.cli.CliException;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Sampling;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A property of answers that {@code /params} shows and changes. */
enum AnswerParameter {
  TEMPERATURE,
  TOP_K,
  TOP_P,
  MIN_P,
  REPEAT_PENALTY,
  PRESENCE_PENALTY,
  FREQUENCY_PENALTY,
  SEED,
  MAX_TOKENS,
  STOP;

  private String typed() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static AnswerParameter of(String typed) {
    return Arrays.stream(values())
        .filter(parameter -> parameter.typed().equals(typed))
        .findFirst()
        .orElseThrow(
            () ->
                new CliException(
                    "set a parameter",
                    Arrays.stream(values())
                        .map(AnswerParameter::typed)
                        .collect(Collectors.joining(", ")),
                    "'" + typed + "'",
                    "use one of these names"));
  }

  /** {@code options} with this parameter as typed. */
  GenerationOptions set(GenerationOptions options, String value) {
    Sampling sampling = options.sampling();
    try {
      return switch (this) {
        case TEMPERATURE -> options.withSampling(sampling.withTemperature(decimal(value)));
        case TOP_K -> options.withSampling(sampling.withTopK(Integer.parseInt(value)));
        case TOP_P -> options.withSampling(sampling.withTopP(decimal(value)));
        case MIN_P -> options.withSampling(sampling.withMinP(decimal(value)));
        case REPEAT_PENALTY -> options.withSampling(sampling.withRepetitionPenalty(decimal(value)));
        case PRESENCE_PENALTY -> options.withSampling(sampling.withPresencePenalty(decimal(value)));
        case FREQUENCY_PENALTY ->
            options.withSampling(sampling.withFrequencyPenalty(decimal(value)));
        case SEED -> options.withSampling(sampling.withSeed(Long.parseLong(value)));
        case MAX_TOKENS -> options.withMaxNewTokens(Integer.parseInt(value));
        case STOP -> options.withStop(List.of(value));
      };
    } catch (NumberFormatException e) {
      throw new CliException(
          "set " + typed(), "a number", "'" + value + "'", "write it like 0.7 or 40", e);
    }
  }

  private static double decimal(String value) {
    return Double.parseDouble(value);
  }

  private String get(GenerationOptions options) {
    Sampling sampling = options.sampling();
    return switch (this) {
      case TEMPERATURE -> String.valueOf(sampling.temperature());
      case TOP_K -> String.valueOf(sampling.topK());
      case TOP_P -> String.valueOf(sampling.topP());
      case MIN_P -> String.valueOf(sampling.minP());
      case REPEAT_PENALTY -> String.valueOf(sampling.repetitionPenalty());
      case PRESENCE_PENALTY -> String.valueOf(sampling.presencePenalty());
      case FREQUENCY_PENALTY -> String.valueOf(sampling.frequencyPenalty());
      case SEED ->
          sampling.seed().isPresent()
              ? String.valueOf(sampling.seed().getAsLong())
              : "new each time";
      case MAX_TOKENS -> String.valueOf(options.maxNewTokens());
      case STOP -> options.stop().isEmpty() ? "none" : String.join(" | ", options.stop());
    };
  }

  static String show(GenerationOptions options) {
    return Arrays.stream(values())
        .map(parameter -> "%-18s %s".formatted(parameter.typed(), parameter.get(options)))
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
