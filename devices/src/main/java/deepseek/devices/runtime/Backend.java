package deepseek.devices.runtime;

import deepseek.devices.render.Target;
import deepseek.kernel.KernelException;
import java.util.Locale;
import java.util.function.Supplier;

/** The runtimes for kernels; a machine may lack any of them. */
public enum Backend {
  CPU(Target.C, CpuRuntime::open),
  OPENCL(Target.OPENCL, OpenClRuntime::open),
  VULKAN(Target.VULKAN, VulkanRuntime::open),
  CUDA(Target.CUDA, CudaRuntime::open);

  private final Target target;
  private final Supplier<DeviceRuntime> opener;

  Backend(Target target, Supplier<DeviceRuntime> opener) {
    this.target = target;
    this.opener = opener;
  }

  /** The language it compiles. */
  public Target target() {
    return target;
  }

  /**
   * Opens its best device.
   *
   * @throws KernelException if it is unavailable, with what is missing and how to install it
   */
  public DeviceRuntime open() {
    try {
      return opener.get();
    } catch (LinkageError e) {
      throw new KernelException(
          "open " + this, "its libraries", String.valueOf(e.getMessage()), "install them", e);
    }
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
