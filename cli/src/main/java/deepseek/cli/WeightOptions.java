package deepseek.cli;

import deepseek.compute.DType;
import deepseek.hub.HubOptions;
import deepseek.hub.Progress;
import deepseek.models.KvCacheType;
import deepseek.models.ModelOptions;
import deepseek.models.PackedFiles;
import deepseek.models.QuantizationConfig;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How a language model is loaded. */
final class WeightOptions {
  @Mixin private MachineOptions machine;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      completionCandidates = Candidates.Types.class,
      description =
          "fp32, bf16 or fp16. Default: bf16 where the processor multiplies it, else fp32.")
  private Optional<DType> dtype;

  @Option(
      names = "--quant",
      paramLabel = "KIND",
      completionCandidates = Candidates.Quantizations.class,
      description =
          "int4 or int8: round the weights on loading; as-stored: keep what a GGUF file has; none:"
              + " turn it into --dtype. Default: as-stored, unless --dtype or --memory-budget is"
              + " given.")
  private Optional<QuantizationConfig> quantization;

  @Option(
      names = "--activation-bits",
      paramLabel = "BITS",
      description =
          "16 (default), or 8: round what meets packed weights further, which reads prompts faster"
              + " and strays further from the model.")
  private Optional<Integer> activationBits;

  @Option(
      names = "--packed-file",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Keep packed weights in a file, which the next start maps (default;"
              + " DEEPSEEK_PACKED=off turns it off).")
  private boolean packedFile;

  @Option(
      names = "--kv-cache",
      paramLabel = "TYPE",
      description =
          "int8: keep the keys and values of a conversation in 8 bits; model: in the model's type."
              + " Default: model.")
  private Optional<KvCacheType> kvCache;

  @Option(
      names = "--memory-budget",
      paramLabel = "SIZE",
      converter = Sizes.Converter.class,
      description = "Weights in memory at a time, e.g. 200MiB; the rest is read when needed.")
  private Optional<Long> memoryBudget;

  @Option(
      names = "--ctx",
      paramLabel = "TOKENS",
      description = "Tokens of prompt and answer together. Default: the model's own.")
  private Optional<Integer> context;

  MachineOptions machine() {
    return machine;
  }

  /** What --ctx says. */
  Optional<Integer> context() {
    return context;
  }

  ModelOptions resolve(CommandSpec command, HubOptions hub, Progress progress) {
    ModelOptions options =
        machine.resolve(command, ModelOptions.defaults().withHub(hub).withProgress(progress));
    if (!packedFile) {
      options = options.withPackedFiles(PackedFiles.OFF);
    }
    options = Usage.with(command, "--dtype", dtype, options, ModelOptions::withDtype);
    options =
        Usage.with(
            command, "--memory-budget", memoryBudget, options, ModelOptions::withMemoryBudget);
    options = Usage.with(command, "--quant", quantization, options, ModelOptions::withQuantization);
    options =
        Usage.with(command, "--activation-bits", activationBits, options, WeightOptions::rounding);
    options = Usage.with(command, "--kv-cache", kvCache, options, ModelOptions::withKvCache);
    return Usage.with(command, "--ctx", context, options, ModelOptions::withContextLength);
  }

  /** Asks for kernels that quantise only where that changes anything. */
  static ModelOptions rounding(ModelOptions options, int bits) {
    QuantizationConfig usual = options.chosenQuantization();
    QuantizationConfig rounded = usual.withActivationBits(bits);
    return rounded.equals(usual) ? options : options.withQuantization(rounded);
  }
}
