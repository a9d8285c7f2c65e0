package deepseek.cli;

import deepseek.devices.ops.Operator;
import deepseek.devices.ops.Operators;
import deepseek.devices.runtime.Backend;
import deepseek.devices.runtime.DeviceRuntime;
import deepseek.kernel.KernelException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** Lists the operators, and what could run them here. */
@Command(
    name = "list",
    header = "List the portable kernels, and what can run them here.",
    footer = {"", "Examples:", "  deepseek kernels list"})
final class KernelsListCommand implements Runnable {
  @Mixin Common common;
  @ParentCommand private KernelsCommand kernels;

  @Override
  public void run() {
    PrintWriter out = kernels.console().out();
    out.println("Operators");
    for (Operator operator : Operators.all()) {
      out.printf("  %-24s%s%n", operator.name(), operator.summary());
    }
    out.println("Here");
    for (Backend backend : Backend.values()) {
      out.printf("  %-24s%s%n", backend, whatIsThere(backend));
    }
    out.flush();
  }

  private static String whatIsThere(Backend backend) {
    try (DeviceRuntime runtime = backend.open()) {
      return runtime.device();
    } catch (KernelException e) {
      return "absent: " + e.getMessage();
    }
  }
}
