package deepseek.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Wrong usage in one line: which option, what it takes, what it was given. */
final class Usage {
  private Usage() {}

  static ParameterException wrong(CommandSpec command, String option, String expected, String got) {
    return new ParameterException(
        command.commandLine(), "%s: expected %s, got %s".formatted(option, expected, got));
  }

  /** Whether the command line has this option, whatever it says. */
  static boolean isGiven(CommandSpec command, String option) {
    return command.commandLine().getParseResult().hasMatchedOption(option);
  }
}
