package deepseek.devices.runtime;

import deepseek.devices.ir.Kernel;
import deepseek.devices.render.Target;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.KernelCache;
import java.util.HashMap;
import java.util.Map;

/** A device of Vulkan 1.1 or newer, with buffers in host-visible memory. */
public final class VulkanRuntime implements DeviceRuntime {
  private final VulkanDevice device;
  private final GlslCompiler compiler;
  private final KernelCache cache;
  private final Map<String, VulkanKernel> compiled = new HashMap<>();

  private VulkanRuntime(VulkanDevice device, GlslCompiler compiler, KernelCache cache) {
    this.device = device;
    this.compiler = compiler;
    this.cache = cache;
  }

  /**
   * Opens the best device with the user's kernel cache.
   *
   * @throws KernelException if there is no Vulkan, or no device
   */
  public static VulkanRuntime open() {
    return open(KernelCache.ofUser());
  }

  static VulkanRuntime open(KernelCache cache) {
    Lwjgl.prepare(cache);
    return new VulkanRuntime(VulkanDevice.open(), new GlslCompiler(), cache);
  }

  @Override
  public String device() {
    return device.name();
  }

  @Override
  public int groupWidth() {
    return 64;
  }

  @Override
  public DeviceBuffer allocate(long words) {
    DeviceRuntime.checkWords(words);
    return new VulkanBuffer(device, words);
  }

  @Override
  public CompiledKernel compile(Kernel kernel) {
    int items = kernel.grid().shape().stream().reduce(1, (a, b) -> a * b);
    if (items > device.largestGroup()) {
      throw new KernelException(
          "compile " + kernel.name(),
          "groups of at most " + device.largestGroup() + " items",
          String.valueOf(items),
          "use a smaller group on " + device.name());
    }
    return compiled.computeIfAbsent(
        Target.VULKAN.render(kernel),
        source ->
            compiler.load(
                cache, kernel.name(), source, code -> new VulkanKernel(device, kernel, code)));
  }

  @Override
  public void close() {
    compiled.values().forEach(VulkanKernel::release);
    compiled.clear();
    compiler.close();
    device.close();
  }
}
