package deepseek.cli;

import deepseek.compute.Device;
import deepseek.compute.Machine;
import java.util.Optional;
import picocli.CommandLine.Option;

/** On what of this machine a model runs. */
final class MachineOptions {
  @Option(names = "--device", paramLabel = "DEVICE", description = "cpu (default), cuda or cuda:N.")
  private Optional<String> device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of one operation. Default: one per core.")
  private Optional<Integer> threads;

  boolean namesThreads() {
    return threads.isPresent();
  }

  /** As --threads does. */
  void threads(int count) {
    threads = Optional.of(count);
  }

  /** Sets the threads, and says which device. */
  Device resolve() {
    threads.ifPresent(Machine::threads);
    return device.map(Device::of).orElse(Device.CPU);
  }
}
