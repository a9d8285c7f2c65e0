package deepseek.cli;

import deepseek.hub.Progress;
import deepseek.models.ModelOptions;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** Which language model, and how it is loaded. */
final class LoadOptions {
  @Mixin private ModelArgument model;
  @Mixin private WeightOptions weights;

  String id() {
    return model.id();
  }

  MachineOptions machine() {
    return weights.machine();
  }

  /** What --ctx says. */
  Optional<Integer> context() {
    return weights.context();
  }

  ModelOptions resolve(CommandSpec command, Progress progress) {
    return weights.resolve(command, model.hub(), progress);
  }
}
