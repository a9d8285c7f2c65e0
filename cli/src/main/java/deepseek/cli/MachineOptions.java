package deepseek.cli;

import deepseek.compute.Device;
import deepseek.compute.Machine;
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

  /** Sets the threads, and says which device. */
  Device resolve(CommandSpec command) {
    use(command, "--threads", threads);
    return device.orElse(Device.CPU);
  }

  /** Sets the threads that an option asks for, if it was given. */
  static void use(CommandSpec command, String option, Optional<Integer> threads) {
    threads.ifPresent(count -> Usage.of(command, option, count, MachineOptions::set));
  }

  private static int set(int count) {
    Machine.threads(count);
    return count;
  }
}
