package deepseek.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benchmarks of docs/performance.md and docs/memory.md, one subcommand each. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    header = "Measures this project, and a peer beside it; writes models to measure.",
    description = "JSON lines go to standard output, a table to standard error.",
    subcommands = {
      DecodeCommand.class,
      PrefillCommand.class,
      FirstTokenCommand.class,
      LoadCommand.class,
      MemoryCommand.class,
      BudgetCommand.class,
      RandomGgufCommand.class,
      RequantiseCommand.class,
      AccuracyCommand.class,
    })
public final class Main {
  private Main() {}

  static CommandLine commandLine() {
    return new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  public static void main(String[] args) {
    CommandLine line = commandLine();
    if (args.length == 0) {
      line.usage(System.err);
      System.exit(CommandLine.ExitCode.USAGE);
    }
    System.exit(line.execute(args));
  }
}
