package deepseek.cli;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * Does once what every start does; the build runs it while the JDK records its ahead-of-time cache.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.parent().commandLine().getUsageMessage();
    try (Scope scope = Scope.open()) {
      Tensor weight = Tensor.zeros(DType.BFLOAT16, Device.CPU, 8, 8);
      float[] result = weight.to(DType.FLOAT32).linear(Tensor.ones(8, 8)).toFloats();
      spec.commandLine().getOut().println("warm: " + result.length + " values");
    }
  }
}
