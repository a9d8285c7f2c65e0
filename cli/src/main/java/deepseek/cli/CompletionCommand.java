package deepseek.cli;

import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Prints a script that completes verbs, options, their values and models on the tab key. */
@Command(
    name = "completion",
    header = "Print a script for the shell that completes what is typed.",
    footer = {
      "",
      "Examples:",
      "  source <(deepseek completion bash)",
      "  deepseek completion zsh > ~/.deepseek.zsh && source ~/.deepseek.zsh",
    })
final class CompletionCommand implements Runnable {
  /** Shells that a script can be made for. */
  enum Shell {
    BASH,
    ZSH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Mixin Common common;
  @ParentCommand private Deepseek deepseek;

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private Shell shell;

  @Override
  public void run() {
    CommandLine root = Deepseek.commandLine(deepseek.console());
    // Aliases have a colon, at which bash would end a word.
    String script =
        AutoComplete.bash(root.getCommandName(), root) + "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}\n";
    switch (shell) {
      // zsh runs bash's completions once bashcompinit is loaded; picocli's script does that itself.
      case BASH, ZSH -> deepseek.console().stream(script);
    }
  }
}
