package deepseek.cli;

import deepseek.devices.ops.Operator;
import deepseek.devices.render.Target;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Prints the source of an operator as a target's compiler gets it. */
@Command(
    name = "show",
    header = "Print a kernel's source for a target.",
    footer = {
      "",
      "Examples:",
      "  deepseek kernels show axpy",
      "  deepseek kernels show softmax --target vulkan",
      "  deepseek kernels show int4_gemv --target opencl --width 32",
    })
final class KernelsShowCommand implements Runnable {
  private static final int MOST = 256;

  @Mixin Common common;
  @ParentCommand private KernelsCommand kernels;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "OPERATOR", description = "One of those that kernels list names.")
  private Operator operator;

  @Option(
      names = "--target",
      paramLabel = "TARGET",
      defaultValue = "c",
      description = "One of ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
  private Target target;

  @Option(
      names = "--width",
      paramLabel = "ITEMS",
      description = "Items of a group (1 for c, else 64).")
  private Optional<Integer> width = Optional.empty();

  @Override
  public void run() {
    int items = width.orElse(target == Target.C ? 1 : 64);
    if (items < 1 || items > MOST) {
      throw Usage.wrong(spec, "--width", "1 to " + MOST, String.valueOf(items));
    }
    kernels.console().stream(target.render(operator.kernel(items)));
  }
}
