package deepseek.cli;

import deepseek.compute.Device;
import deepseek.models.ModelOptions;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** On what of this machine a model runs. */
final class MachineOptions {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      completionCandidates = Candidates.Devices.class,
      description = "cpu (default), cuda or cuda:N.")
  private Optional<Device> device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of one operation. Default: one per core.")
  private Optional<Integer> threads;

  Optional<Integer> threads() {
    return threads;
  }

  /** These options beside others. */
  ModelOptions resolve(CommandSpec command, ModelOptions options) {
    return Usage.with(
        command,
        "--threads",
        threads,
        options.withDevice(device.orElse(Device.CPU)),
        ModelOptions::withThreads);
  }
}
