package deepseek.devices.runtime;

import deepseek.devices.ir.Kernel;

/** A kernel that a device can run, as long as its runtime is open. */
public interface CompiledKernel {
  Kernel kernel();

  /**
   * Runs it with an argument for each of the kernel's, in order; it may return before the device is
   * done. That buffers are large enough for the parameters given is the caller's to know.
   *
   * @throws deepseek.kernel.KernelException for arguments that don't fit the kernel's
   */
  void launch(LaunchArgument... arguments);
}
