package deepseek.devices.runtime;

import static org.lwjgl.vulkan.VK10.VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
import static org.lwjgl.vulkan.VK10.VK_WHOLE_SIZE;
import static org.lwjgl.vulkan.VK10.vkAllocateMemory;
import static org.lwjgl.vulkan.VK10.vkBindBufferMemory;
import static org.lwjgl.vulkan.VK10.vkCreateBuffer;
import static org.lwjgl.vulkan.VK10.vkDestroyBuffer;
import static org.lwjgl.vulkan.VK10.vkFreeMemory;
import static org.lwjgl.vulkan.VK10.vkGetBufferMemoryRequirements;
import static org.lwjgl.vulkan.VK10.vkMapMemory;

import java.lang.foreign.MemorySegment;
import java.nio.LongBuffer;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.vulkan.VkBufferCreateInfo;
import org.lwjgl.vulkan.VkMemoryAllocateInfo;
import org.lwjgl.vulkan.VkMemoryRequirements;

/** A buffer of a Vulkan device, in persistently mapped memory. */
final class VulkanBuffer implements DeviceBuffer {
  private final VulkanDevice device;
  private final long words;
  private final long handle;
  private final long memory;
  private final MemorySegment mapped;
  private boolean open = true;

  VulkanBuffer(VulkanDevice device, long words) {
    this.device = device;
    this.words = words;
    String operation = "allocate " + words + " words";
    long bytes = words * Integer.BYTES;
    try (MemoryStack stack = MemoryStack.stackPush()) {
      LongBuffer made = stack.mallocLong(1);
      VulkanDevice.check(
          operation,
          vkCreateBuffer(
              device.handle(),
              VkBufferCreateInfo.calloc(stack)
                  .sType$Default()
                  .size(bytes)
                  .usage(VK_BUFFER_USAGE_STORAGE_BUFFER_BIT),
              null,
              made));
      handle = made.get(0);
      VkMemoryRequirements needs = VkMemoryRequirements.malloc(stack);
      vkGetBufferMemoryRequirements(device.handle(), handle, needs);
      int result =
          vkAllocateMemory(
              device.handle(),
              VkMemoryAllocateInfo.calloc(stack)
                  .sType$Default()
                  .allocationSize(needs.size())
                  .memoryTypeIndex(device.hostVisibleMemory(needs.memoryTypeBits())),
              null,
              made);
      if (result != 0) {
        vkDestroyBuffer(device.handle(), handle, null);
      }
      VulkanDevice.check(operation, result);
      memory = made.get(0);
      VulkanDevice.check(operation, vkBindBufferMemory(device.handle(), handle, memory, 0));
      PointerBuffer pointer = stack.mallocPointer(1);
      VulkanDevice.check(
          operation, vkMapMemory(device.handle(), memory, 0, VK_WHOLE_SIZE, 0, pointer));
      mapped = MemorySegment.ofAddress(pointer.get(0)).reinterpret(bytes);
    }
  }

  long handle() {
    DeviceBuffer.checkOpen(open);
    return handle;
  }

  @Override
  public long words() {
    return words;
  }

  @Override
  public void write(MemorySegment from) {
    DeviceBuffer.checkOpen(open);
    checkFits(from);
    mapped.copyFrom(from);
  }

  @Override
  public void read(MemorySegment to) {
    DeviceBuffer.checkOpen(open);
    checkFits(to);
    to.copyFrom(mapped.asSlice(0, to.byteSize()));
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      vkDestroyBuffer(device.handle(), handle, null);
      vkFreeMemory(device.handle(), memory, null);
    }
  }
}
