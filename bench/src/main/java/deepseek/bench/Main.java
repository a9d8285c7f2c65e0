package deepseek.bench;

import deepseek.DeepseekException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The benchmarks of docs/performance.md and docs/memory.md, one subcommand each. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    header = "Measures this project, and a peer beside it; writes models to measure.",
    description = "JSON lines go to standard output, a table to standard error.",
    subcommands = {
      DecodeCommand.class,
      PrefillCommand.class,
      FirstTokenCommand.class,
      LoadCommand.class,
      MemoryCommand.class,
      BudgetCommand.class,
      RowsCommand.class,
      RandomGgufCommand.class,
      RequantiseCommand.class,
      AccuracyCommand.class,
      EmbedCommand.class,
      MasksCommand.class,
    })
public final class Main {
  private Main() {}

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(Main::failed);
  }

  /** One line for what the user can mend; a stack trace for what only we can. */
  private static int failed(Exception e, CommandLine command, ParseResult parsed) throws Exception {
    if (!(e instanceof DeepseekException)) {
      throw e;
    }
    command.getErr().println("bench: " + e.getMessage());
    return CommandLine.ExitCode.SOFTWARE;
  }

  public static void main(String[] args) {
    CommandLine line = commandLine();
    if (args.length == 0) {
      line.usage(line.getErr());
      System.exit(CommandLine.ExitCode.USAGE);
    }
    System.exit(line.execute(args));
  }
}
