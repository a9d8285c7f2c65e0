package deepseek.cli;

import deepseek.compute.DType;
import deepseek.hub.Progress;
import deepseek.models.ModelOptions;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which model reads whole texts, and how it runs. */
final class TextModelOptions {
  @Mixin private ModelArgument model;
  @Mixin private MachineOptions machine;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      completionCandidates = Candidates.Types.class,
      description = "fp32 (default), bf16 or fp16.")
  private Optional<DType> dtype;

  String id() {
    return model.id();
  }

  ModelOptions resolve(CommandSpec command, Progress progress) {
    ModelOptions options =
        machine.resolve(
            command, ModelOptions.defaults().withHub(model.hub()).withProgress(progress));
    return Usage.with(command, "--dtype", dtype, options, ModelOptions::withDtype);
  }

  /** The texts of the command line, or with - or none those of standard input, one a line. */
  static List<String> texts(CommandSpec command, Console console, List<String> given, String what) {
    if (given.isEmpty() && console.isTerminal(Console.Stream.IN)) {
      throw new ParameterException(
          command.commandLine(), "give " + what + ", or pipe them in, one a line");
    }
    boolean fromInput = given.isEmpty() || given.equals(List.of("-"));
    return requireSome(command, fromInput ? console.readAll().lines().toList() : given, what);
  }

  static List<String> requireSome(CommandSpec command, List<String> texts, String what) {
    if (texts.isEmpty()) {
      throw new ParameterException(command.commandLine(), "no " + what + "; expected at least one");
    }
    return texts;
  }

  /** Says on stderr how many texts were cut, if any. */
  static void noteCut(Console console, long cut, int limit) {
    if (cut > 0) {
      console
          .err()
          .printf(
              "deepseek: %d %s longer than the model's %d tokens, cut there; split long texts%n",
              cut, cut == 1 ? "text was" : "texts were", limit);
    }
  }
}
