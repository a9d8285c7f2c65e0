package deepseek.cli;

import deepseek.cli.chat.CutShort;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import deepseek.text.chat.ChatMessage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Asks a model one thing and streams the answer. */
@Command(
    name = "run",
    header = "Ask a model one thing and stream its answer.",
    footer = {
      "",
      "The prompt goes through the model's chat template if it has one. Without",
      "sampling options the answer is the same each time.",
      "",
      "Examples:",
      "  deepseek run smollm2:135m 'Why is the sky blue?'",
      "  deepseek run smollm2:135m --raw 'The capital of France is' -n 8",
      "  git diff | deepseek run qwen3:0.6b --system 'Write a commit message.' -",
      "  deepseek run Qwen/Qwen3-0.6B -t 0.7 --top-p 0.9 --seed 1 'A haiku about rain'",
      "  deepseek run smollm2:135m 'Sum this up:' -f notes.txt --json",
      "  deepseek run model.gguf --memory-budget 100MiB 'Hello!'",
    })
final class RunCommand implements Runnable {
  @Mixin private Common common;
  @Mixin private LoadOptions load;
  @Mixin private AnswerOptions answer;
  @ParentCommand private Deepseek deepseek;
  @Spec private CommandSpec spec;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "PROMPT",
      description = "Its words; - or none reads standard input.")
  private List<String> words = List.of();

  @Option(names = "--raw", description = "Continue the prompt as it is, without chat template.")
  private boolean raw;

  @Option(names = "--system", paramLabel = "TEXT", description = "What the model is told first.")
  private Optional<String> system;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "A text file that is the prompt, or follows its words.")
  private Optional<Path> file;

  @Option(
      names = "--json",
      description = "Print one JSON object at the end: the answer, how it ended, tokens and times.")
  private boolean json;

  @Override
  public void run() {
    Console console = deepseek.console();
    requireTemplate();
    String prompt = prompt(console);
    GenerationOptions options = answer.resolve(spec).withCancelled(console::isAbandoned);
    noteWhatIsIdle(console, options);
    Stopwatch watch = Stopwatch.sinceProcessStart();
    try (DownloadBar bar = new DownloadBar(console);
        CausalLm model = AutoModel.causalLm(load.id(), load.resolve(spec, bar))) {
      bar.close();
      watch.mark("model opened");
      Generation generation =
          ask(
              model,
              prompt,
              options,
              text -> {
                watch.markOnce("first text");
                if (!json) {
                  console.stream(text);
                }
              });
      console.out().println(json ? AnswerJson.of(load.id(), generation) : "");
      CutShort.note(console.err(), generation, options);
      if (common.isVerbose()) {
        console.err().println(watch.report());
        console.err().println(Speed.of(generation));
      }
    }
  }

  private void requireTemplate() {
    if (raw && system.isPresent()) {
      throw Usage.wrong(spec, "--system", "no --raw beside it, which leaves it out", "both");
    }
  }

  private void noteWhatIsIdle(Console console, GenerationOptions options) {
    List<String> idle =
        AnswerOptions.OF_DRAWING.stream().filter(option -> Usage.isGiven(spec, option)).toList();
    if (options.sampling().isGreedy() && !idle.isEmpty()) {
      console
          .err()
          .printf(
              "deepseek: %s: no effect while the likeliest token is taken; draw with -t 0.7%n",
              String.join(", ", idle));
    }
  }

  private Generation ask(
      CausalLm model, String prompt, GenerationOptions options, Consumer<String> onText) {
    if (raw || model.chatTemplate().isEmpty()) {
      if (system.isPresent()) {
        throw new ParameterException(
            spec.commandLine(), "--system needs a chat template, which this model doesn't have");
      }
      return model.generate(prompt, options, onText);
    }
    List<ChatMessage> messages = new ArrayList<>();
    system.ifPresent(text -> messages.add(ChatMessage.system(text)));
    messages.add(ChatMessage.user(prompt));
    return model.chat(messages, options, onText);
  }

  private String prompt(Console console) {
    boolean fromInput = (words.isEmpty() && file.isEmpty()) || words.equals(List.of("-"));
    if (words.isEmpty() && fromInput && console.isTerminal(Console.Stream.IN)) {
      throw new ParameterException(
          spec.commandLine(),
          "give a prompt, or talk to the model with deepseek chat " + load.id());
    }
    String said = fromInput ? console.readAll() : String.join(" ", words);
    String prompt =
        Stream.concat(Stream.of(said), file.map(TextFile::read).stream())
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining("\n\n"));
    if (prompt.isBlank()) {
      throw new ParameterException(spec.commandLine(), "the prompt is empty; expected some text");
    }
    return prompt;
  }
}
