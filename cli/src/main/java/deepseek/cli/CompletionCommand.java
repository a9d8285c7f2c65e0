package deepseek.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a script that completes verbs and options on the tab key. */
@Command(
    name = "completion",
    header = "Print a script that lets the shell complete verbs and options.",
    synopsisHeading = "%nUsage: ",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Examples:",
      "  source <(deepseek completion bash)",
      "  deepseek completion zsh > ~/.deepseek-completion && source ~/.deepseek-completion",
    })
final class CompletionCommand implements Runnable {
  /** Shells that a script can be made for. */
  enum Shell {
    BASH,
    ZSH
  }

  @Mixin Common common;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private Shell shell;

  @Override
  public void run() {
    CommandLine root = spec.root().commandLine();
    String script = AutoComplete.bash(root.getCommandName(), root);
    switch (shell) {
      // zsh runs bash's completions once bashcompinit is loaded; picocli's script does that itself.
      case BASH, ZSH -> spec.commandLine().getOut().print(script);
    }
    spec.commandLine().getOut().flush();
  }
}
