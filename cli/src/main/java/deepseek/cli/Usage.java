package deepseek.cli;

import deepseek.DeepseekException;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Wrong usage in one line: which option, what it takes, what it was given. */
final class Usage {
  private Usage() {}

  static ParameterException wrong(CommandSpec command, String option, String expected, String got) {
    return wrong(command, option, "expected %s, got %s".formatted(expected, got));
  }

  private static ParameterException wrong(CommandSpec command, String option, String complaint) {
    return new ParameterException(command.commandLine(), option + ": " + complaint);
  }

  /** What an option's value means; where the libraries refuse it, that is wrong usage. */
  static <V, T> T of(CommandSpec command, String option, V value, Function<V, T> meaning) {
    try {
      return meaning.apply(value);
    } catch (DeepseekException e) {
      throw wrong(command, option, e.complaint());
    }
  }

  /** {@code whole} with what an option says, if it was given. */
  static <T, V> T with(
      CommandSpec command, String option, Optional<V> value, T whole, BiFunction<T, V, T> change) {
    return value.map(v -> of(command, option, v, some -> change.apply(whole, some))).orElse(whole);
  }

  /** Whether the command line has this option, whatever it says. */
  static boolean isGiven(CommandSpec command, String option) {
    return command.commandLine().getParseResult().hasMatchedOption(option);
  }
}
