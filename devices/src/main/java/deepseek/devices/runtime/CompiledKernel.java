package deepseek.devices.runtime;

import deepseek.devices.ir.Kernel;

/** A kernel compiled for a device, valid as long as its runtime is open. */
public interface CompiledKernel {
  /** The kernel that was compiled. */
  Kernel kernel();

  /**
   * Launches it with these arguments, in the order of the kernel's; it may return before the device
   * is done. The caller must ensure that buffers are large enough for the parameters.
   *
   * @throws deepseek.kernel.KernelException if the arguments don't match the kernel's
   */
  void launch(LaunchArgument... arguments);
}
