package deepseek.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What the kernels' verbs have in common: nothing but their place. */
@Command(
    name = "kernels",
    header = "List, show, tune and measure kernels.",
    synopsisSubcommandLabel = "VERB",
    subcommands = {
      KernelsListCommand.class,
      KernelsShowCommand.class,
      KernelsTuneCommand.class,
      KernelsBenchCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  deepseek kernels list",
      "  deepseek kernels show rms_norm --target cuda",
      "  deepseek kernels tune softmax",
      "  deepseek kernels bench",
    })
final class KernelsCommand implements Runnable {
  @Mixin Common common;
  @ParentCommand private Deepseek deepseek;
  @Spec private CommandSpec spec;

  Console console() {
    return deepseek.console();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say list, show, tune or bench");
  }
}
