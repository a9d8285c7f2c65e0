package deepseek.cli;

import deepseek.Environment;
import deepseek.cli.chat.LineSource;
import deepseek.cli.chat.PipedLines;
import deepseek.cli.chat.Repl;
import deepseek.cli.chat.TypedLines;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.generate.GenerationOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Holds a conversation with a model. */
@Command(
    name = "chat",
    header = "Talk with a model; /help says what else can be typed.",
    footer = {
      "",
      "Ctrl-C ends an answer, Ctrl-D the conversation. Without a terminal each line of",
      "standard input is a message, and the exit code is 1 if any of them failed.",
      "",
      "Examples:",
      "  deepseek chat smollm2:135m",
      "  deepseek chat qwen3:0.6b --system 'You are a terse assistant.' -t 0.7",
      "  printf 'Hello!\\n/stats\\n' | deepseek chat smollm2:135m",
    })
final class ChatCommand implements Callable<Integer> {
  @Mixin private Common common;
  @Mixin private LoadOptions load;
  @Mixin private AnswerOptions answer;
  @ParentCommand private Deepseek deepseek;
  @Spec private CommandSpec spec;

  @Option(names = "--system", paramLabel = "TEXT", description = "What the model is told first.")
  private Optional<String> system;

  @Override
  public Integer call() {
    Console console = deepseek.console();
    GenerationOptions options = answer.resolve(spec).withCancelled(console::isAbandoned);
    try (DownloadBar bar = new DownloadBar(console);
        CausalLm model = AutoModel.causalLm(load.id(), load.resolve(spec, bar))) {
      bar.close();
      if (model.chatTemplate().isEmpty()) {
        throw new CliException(
            "chat with " + load.id(),
            "a model with a chat template",
            "one that only continues text",
            "use deepseek run, or its instruct version");
      }
      try (LineSource lines = lines(console)) {
        boolean allWell =
            new Repl(
                    lines,
                    console.out(),
                    console.err(),
                    (messages, asked, onText) -> {
                      var generation = model.chat(messages, asked, onText);
                      if (common.isVerbose()) {
                        console.err().println(Speed.of(generation));
                      }
                      return generation;
                    },
                    options,
                    system)
                .run();
        // An interactive user has seen what failed; a script looks at the exit code.
        return allWell || console.isTerminal(Console.Stream.IN)
            ? CommandLine.ExitCode.OK
            : CommandLine.ExitCode.SOFTWARE;
      }
    }
  }

  private static LineSource lines(Console console) {
    if (!console.isTerminal(Console.Stream.IN)) {
      return new PipedLines(console::readLine);
    }
    console.out().println("Type a message; /help for more, Ctrl-D to leave.");
    return TypedLines.open(historyFile());
  }

  /** Where the XDG specification puts what a program remembers. */
  private static Path historyFile() {
    Environment environment = Environment.ofProcess();
    return environment
        .path("XDG_STATE_HOME")
        .orElse(environment.home().resolve(".local").resolve("state"))
        .resolve("deepseek")
        .resolve("history");
  }
}
