package deepseek.devices.runtime;

import static org.lwjgl.vulkan.VK10.VK_COMMAND_BUFFER_LEVEL_PRIMARY;
import static org.lwjgl.vulkan.VK10.VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
import static org.lwjgl.vulkan.VK10.VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
import static org.lwjgl.vulkan.VK10.VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
import static org.lwjgl.vulkan.VK10.VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT;
import static org.lwjgl.vulkan.VK10.VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
import static org.lwjgl.vulkan.VK10.VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU;
import static org.lwjgl.vulkan.VK10.VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU;
import static org.lwjgl.vulkan.VK10.VK_QUEUE_COMPUTE_BIT;
import static org.lwjgl.vulkan.VK10.vkAllocateCommandBuffers;
import static org.lwjgl.vulkan.VK10.vkCreateCommandPool;
import static org.lwjgl.vulkan.VK10.vkCreateDevice;
import static org.lwjgl.vulkan.VK10.vkCreateFence;
import static org.lwjgl.vulkan.VK10.vkCreateInstance;
import static org.lwjgl.vulkan.VK10.vkDestroyCommandPool;
import static org.lwjgl.vulkan.VK10.vkDestroyDevice;
import static org.lwjgl.vulkan.VK10.vkDestroyFence;
import static org.lwjgl.vulkan.VK10.vkDestroyInstance;
import static org.lwjgl.vulkan.VK10.vkEnumeratePhysicalDevices;
import static org.lwjgl.vulkan.VK10.vkGetDeviceQueue;
import static org.lwjgl.vulkan.VK10.vkGetPhysicalDeviceMemoryProperties;
import static org.lwjgl.vulkan.VK10.vkGetPhysicalDeviceProperties;
import static org.lwjgl.vulkan.VK10.vkGetPhysicalDeviceQueueFamilyProperties;
import static org.lwjgl.vulkan.VK10.vkQueueSubmit;
import static org.lwjgl.vulkan.VK10.vkResetFences;
import static org.lwjgl.vulkan.VK10.vkWaitForFences;

import deepseek.kernel.KernelException;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.vulkan.VK;
import org.lwjgl.vulkan.VK11;
import org.lwjgl.vulkan.VkApplicationInfo;
import org.lwjgl.vulkan.VkCommandBuffer;
import org.lwjgl.vulkan.VkCommandBufferAllocateInfo;
import org.lwjgl.vulkan.VkCommandPoolCreateInfo;
import org.lwjgl.vulkan.VkDevice;
import org.lwjgl.vulkan.VkDeviceCreateInfo;
import org.lwjgl.vulkan.VkDeviceQueueCreateInfo;
import org.lwjgl.vulkan.VkFenceCreateInfo;
import org.lwjgl.vulkan.VkInstance;
import org.lwjgl.vulkan.VkInstanceCreateInfo;
import org.lwjgl.vulkan.VkPhysicalDevice;
import org.lwjgl.vulkan.VkPhysicalDeviceMemoryProperties;
import org.lwjgl.vulkan.VkPhysicalDeviceProperties;
import org.lwjgl.vulkan.VkQueue;
import org.lwjgl.vulkan.VkQueueFamilyProperties;
import org.lwjgl.vulkan.VkSubmitInfo;

/** A Vulkan device with one compute queue and one command buffer, submitted synchronously. */
final class VulkanDevice implements AutoCloseable {
  private final VkInstance instance;
  private final VkPhysicalDevice physical;
  private final VkDevice device;
  private final VkQueue queue;
  private final long pool;
  private final long fence;
  private final VkCommandBuffer commands;

  private VulkanDevice(VkInstance instance, VkPhysicalDevice physical) {
    this.instance = instance;
    this.physical = physical;
    try (MemoryStack stack = MemoryStack.stackPush()) {
      int family = computeFamily(stack);
      device = device(family, stack);
      PointerBuffer pointer = stack.mallocPointer(1);
      vkGetDeviceQueue(device, family, 0, pointer);
      queue = new VkQueue(pointer.get(0), device);
      LongBuffer handle = stack.mallocLong(1);
      check(
          "open vulkan",
          vkCreateCommandPool(
              device,
              VkCommandPoolCreateInfo.calloc(stack)
                  .sType$Default()
                  .flags(VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT)
                  .queueFamilyIndex(family),
              null,
              handle));
      pool = handle.get(0);
      check(
          "open vulkan",
          vkAllocateCommandBuffers(
              device,
              VkCommandBufferAllocateInfo.calloc(stack)
                  .sType$Default()
                  .commandPool(pool)
                  .level(VK_COMMAND_BUFFER_LEVEL_PRIMARY)
                  .commandBufferCount(1),
              pointer));
      commands = new VkCommandBuffer(pointer.get(0), device);
      check(
          "open vulkan",
          vkCreateFence(device, VkFenceCreateInfo.calloc(stack).sType$Default(), null, handle));
      fence = handle.get(0);
    }
  }

  /** Opens the best device: a discrete GPU before an integrated one, and a CPU last. */
  static VulkanDevice open() {
    requireLoader();
    try (MemoryStack stack = MemoryStack.stackPush()) {
      VkInstance instance = instance(stack);
      IntBuffer count = stack.mallocInt(1);
      check("open vulkan", vkEnumeratePhysicalDevices(instance, count, null));
      PointerBuffer handles = stack.mallocPointer(Math.max(1, count.get(0)));
      check("open vulkan", vkEnumeratePhysicalDevices(instance, count, handles));
      return IntStream.range(0, count.get(0))
          .mapToObj(i -> new VkPhysicalDevice(handles.get(i), instance))
          .min(Comparator.comparingInt(VulkanDevice::rank))
          .map(physical -> new VulkanDevice(instance, physical))
          .orElseThrow(
              () -> {
                vkDestroyInstance(instance, null);
                return absent(
                    "no device", "install a driver, e.g. apt-get install mesa-vulkan-drivers");
              });
    }
  }

  private static void requireLoader() {
    try {
      VK.getFunctionProvider();
    } catch (LinkageError | IllegalStateException e) {
      throw absent("no Vulkan loader", "install it, e.g. apt-get install libvulkan1");
    }
  }

  private static KernelException absent(String got, String remedy) {
    return new KernelException("open vulkan", "a device with Vulkan 1.1", got, remedy);
  }

  private static VkInstance instance(MemoryStack stack) {
    VkInstanceCreateInfo info =
        VkInstanceCreateInfo.calloc(stack)
            .sType$Default()
            .pApplicationInfo(
                VkApplicationInfo.calloc(stack)
                    .sType$Default()
                    .apiVersion(VK11.VK_API_VERSION_1_1));
    PointerBuffer pointer = stack.mallocPointer(1);
    int result = vkCreateInstance(info, null, pointer);
    if (result != 0) {
      throw absent("Vulkan result " + result, "install a driver, e.g. mesa-vulkan-drivers");
    }
    return new VkInstance(pointer.get(0), info);
  }

  private static int rank(VkPhysicalDevice physical) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      return switch (properties(physical, stack).deviceType()) {
        case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU -> 0;
        case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU -> 1;
        case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU -> 2;
        default -> 3;
      };
    }
  }

  private static VkPhysicalDeviceProperties properties(
      VkPhysicalDevice physical, MemoryStack stack) {
    VkPhysicalDeviceProperties properties = VkPhysicalDeviceProperties.malloc(stack);
    vkGetPhysicalDeviceProperties(physical, properties);
    return properties;
  }

  private int computeFamily(MemoryStack stack) {
    IntBuffer count = stack.mallocInt(1);
    vkGetPhysicalDeviceQueueFamilyProperties(physical, count, null);
    VkQueueFamilyProperties.Buffer families = VkQueueFamilyProperties.malloc(count.get(0), stack);
    vkGetPhysicalDeviceQueueFamilyProperties(physical, count, families);
    return IntStream.range(0, count.get(0))
        .filter(i -> (families.get(i).queueFlags() & VK_QUEUE_COMPUTE_BIT) != 0)
        .findFirst()
        .orElseThrow(() -> absent("a device that doesn't compute", "install another driver"));
  }

  private VkDevice device(int family, MemoryStack stack) {
    VkDeviceCreateInfo info =
        VkDeviceCreateInfo.calloc(stack)
            .sType$Default()
            .pQueueCreateInfos(
                VkDeviceQueueCreateInfo.calloc(1, stack)
                    .sType$Default()
                    .queueFamilyIndex(family)
                    .pQueuePriorities(stack.floats(1f)));
    PointerBuffer pointer = stack.mallocPointer(1);
    check("open vulkan", vkCreateDevice(physical, info, null, pointer));
    return new VkDevice(pointer.get(0), physical, info);
  }

  VkDevice handle() {
    return device;
  }

  VkCommandBuffer commands() {
    return commands;
  }

  String name() {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      return properties(physical, stack).deviceNameString();
    }
  }

  /** The maximum number of items in a group. */
  int largestGroup() {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      return properties(physical, stack).limits().maxComputeWorkGroupInvocations();
    }
  }

  /** The maximum number of groups of a launch along each axis, unsigned. */
  List<Integer> mostGroups() {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer most = properties(physical, stack).limits().maxComputeWorkGroupCount();
      return List.of(most.get(0), most.get(1), most.get(2));
    }
  }

  /** A host-visible memory type, device-local if possible. */
  int hostVisibleMemory(int allowed) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      VkPhysicalDeviceMemoryProperties memory = VkPhysicalDeviceMemoryProperties.malloc(stack);
      vkGetPhysicalDeviceMemoryProperties(physical, memory);
      int visible = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
      return IntStream.of(visible | VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, visible)
          .flatMap(
              wanted ->
                  IntStream.range(0, memory.memoryTypeCount())
                      .filter(
                          i ->
                              (allowed >> i & 1) == 1
                                  && (memory.memoryTypes(i).propertyFlags() & wanted) == wanted))
          .findFirst()
          .orElseThrow(() -> absent("no memory that the host sees", "use another runtime"));
    }
  }

  /** Submits the recorded commands and waits for them. */
  void submit(String operation) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      VkSubmitInfo submit =
          VkSubmitInfo.calloc(stack).sType$Default().pCommandBuffers(stack.pointers(commands));
      check(operation, vkQueueSubmit(queue, submit, fence));
      check(operation, vkWaitForFences(device, fence, true, Long.MAX_VALUE));
      check(operation, vkResetFences(device, fence));
    }
  }

  static void check(String operation, int result) {
    if (result != 0) {
      throw new KernelException(
          operation, "VK_SUCCESS", "Vulkan result " + result, "see the driver's log");
    }
  }

  @Override
  public void close() {
    vkDestroyFence(device, fence, null);
    vkDestroyCommandPool(device, pool, null);
    vkDestroyDevice(device, null);
    vkDestroyInstance(instance, null);
  }
}
