package deepseek.cli;

import picocli.CommandLine.Option;

/** Options of every verb. */
final class Common {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  @Option(
      names = {"-v", "--verbose"},
      description = "Also say where the time goes; show stack traces.")
  private boolean verbose;

  boolean isVerbose() {
    return verbose;
  }
}
