package deepseek.cli;

import deepseek.compute.DType;
import deepseek.hub.Progress;
import deepseek.models.ModelOptions;
import deepseek.models.QuantizationConfig;
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

  @Option(
      names = "--quant",
      paramLabel = "KIND",
      completionCandidates = Candidates.Quantizations.class,
      description =
          "int4 or int8: round the weights on loading; as-stored: keep what a GGUF file has; none:"
              + " turn it into --dtype. Default: as-stored, unless --dtype is given.")
  private Optional<QuantizationConfig> quantization;

  @Option(
      names = "--activation-bits",
      paramLabel = "BITS",
      description =
          "16 (default), or 8: round what meets packed weights further, which is faster and strays"
              + " further from the model.")
  private Optional<Integer> activationBits;

  String id() {
    return model.id();
  }

  ModelOptions resolve(CommandSpec command, Progress progress) {
    ModelOptions options =
        machine.resolve(
            command, ModelOptions.defaults().withHub(model.hub()).withProgress(progress));
    options = Usage.with(command, "--dtype", dtype, options, ModelOptions::withDtype);
    options = Usage.with(command, "--quant", quantization, options, ModelOptions::withQuantization);
    return Usage.with(
        command, "--activation-bits", activationBits, options, WeightOptions::rounding);
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
