package deepseek.devices.runtime;

import static org.lwjgl.vulkan.VK10.VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
import static org.lwjgl.vulkan.VK10.VK_PIPELINE_BIND_POINT_COMPUTE;
import static org.lwjgl.vulkan.VK10.VK_SHADER_STAGE_COMPUTE_BIT;
import static org.lwjgl.vulkan.VK10.VK_WHOLE_SIZE;
import static org.lwjgl.vulkan.VK10.vkAllocateDescriptorSets;
import static org.lwjgl.vulkan.VK10.vkBeginCommandBuffer;
import static org.lwjgl.vulkan.VK10.vkCmdBindDescriptorSets;
import static org.lwjgl.vulkan.VK10.vkCmdBindPipeline;
import static org.lwjgl.vulkan.VK10.vkCmdDispatch;
import static org.lwjgl.vulkan.VK10.vkCmdPushConstants;
import static org.lwjgl.vulkan.VK10.vkCreateComputePipelines;
import static org.lwjgl.vulkan.VK10.vkCreateDescriptorPool;
import static org.lwjgl.vulkan.VK10.vkCreateDescriptorSetLayout;
import static org.lwjgl.vulkan.VK10.vkCreatePipelineLayout;
import static org.lwjgl.vulkan.VK10.vkCreateShaderModule;
import static org.lwjgl.vulkan.VK10.vkDestroyDescriptorPool;
import static org.lwjgl.vulkan.VK10.vkDestroyDescriptorSetLayout;
import static org.lwjgl.vulkan.VK10.vkDestroyPipeline;
import static org.lwjgl.vulkan.VK10.vkDestroyPipelineLayout;
import static org.lwjgl.vulkan.VK10.vkDestroyShaderModule;
import static org.lwjgl.vulkan.VK10.vkEndCommandBuffer;
import static org.lwjgl.vulkan.VK10.vkUpdateDescriptorSets;

import deepseek.devices.ir.Kernel;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.List;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.vulkan.VkCommandBuffer;
import org.lwjgl.vulkan.VkCommandBufferBeginInfo;
import org.lwjgl.vulkan.VkComputePipelineCreateInfo;
import org.lwjgl.vulkan.VkDescriptorBufferInfo;
import org.lwjgl.vulkan.VkDescriptorPoolCreateInfo;
import org.lwjgl.vulkan.VkDescriptorPoolSize;
import org.lwjgl.vulkan.VkDescriptorSetAllocateInfo;
import org.lwjgl.vulkan.VkDescriptorSetLayoutBinding;
import org.lwjgl.vulkan.VkDescriptorSetLayoutCreateInfo;
import org.lwjgl.vulkan.VkDevice;
import org.lwjgl.vulkan.VkPipelineLayoutCreateInfo;
import org.lwjgl.vulkan.VkPipelineShaderStageCreateInfo;
import org.lwjgl.vulkan.VkPushConstantRange;
import org.lwjgl.vulkan.VkShaderModuleCreateInfo;
import org.lwjgl.vulkan.VkWriteDescriptorSet;

/** A compute pipeline with one descriptor set, updated at each launch. */
final class VulkanKernel implements CompiledKernel {
  private final VulkanDevice device;
  private final Kernel kernel;
  private final long bindings;
  private final long layout;
  private final long module;
  private final long pipeline;
  private final long pool;
  private final long set;

  VulkanKernel(VulkanDevice device, Kernel kernel, byte[] code) {
    this.device = device;
    this.kernel = kernel;
    try (MemoryStack stack = MemoryStack.stackPush()) {
      LongBuffer made = stack.mallocLong(1);
      bindings = bindings(stack, made);
      layout = layout(stack, made);
      check(
          vkCreateShaderModule(
              vk(),
              VkShaderModuleCreateInfo.calloc(stack)
                  .sType$Default()
                  .pCode(ByteBuffer.allocateDirect(code.length).put(code).flip()),
              null,
              made));
      module = made.get(0);
      check(
          vkCreateComputePipelines(
              vk(),
              0,
              VkComputePipelineCreateInfo.calloc(1, stack)
                  .sType$Default()
                  .stage(
                      VkPipelineShaderStageCreateInfo.calloc(stack)
                          .sType$Default()
                          .stage(VK_SHADER_STAGE_COMPUTE_BIT)
                          .module(module)
                          .pName(stack.UTF8("main")))
                  .layout(layout),
              null,
              made));
      pipeline = made.get(0);
      pool = pool(stack, made);
      check(
          vkAllocateDescriptorSets(
              vk(),
              VkDescriptorSetAllocateInfo.calloc(stack)
                  .sType$Default()
                  .descriptorPool(pool)
                  .pSetLayouts(stack.longs(bindings)),
              made));
      set = made.get(0);
    }
  }

  private VkDevice vk() {
    return device.handle();
  }

  private void check(int result) {
    VulkanDevice.check("compile " + kernel.name(), result);
  }

  private long bindings(MemoryStack stack, LongBuffer made) {
    int count = kernel.buffers().size();
    VkDescriptorSetLayoutBinding.Buffer all = VkDescriptorSetLayoutBinding.calloc(count, stack);
    for (int i = 0; i < count; i++) {
      all.get(i)
          .binding(i)
          .descriptorType(VK_DESCRIPTOR_TYPE_STORAGE_BUFFER)
          .descriptorCount(1)
          .stageFlags(VK_SHADER_STAGE_COMPUTE_BIT);
    }
    check(
        vkCreateDescriptorSetLayout(
            vk(),
            VkDescriptorSetLayoutCreateInfo.calloc(stack).sType$Default().pBindings(all),
            null,
            made));
    return made.get(0);
  }

  private long layout(MemoryStack stack, LongBuffer made) {
    VkPipelineLayoutCreateInfo info =
        VkPipelineLayoutCreateInfo.calloc(stack).sType$Default().pSetLayouts(stack.longs(bindings));
    if (!kernel.parameters().isEmpty()) {
      info.pPushConstantRanges(
          VkPushConstantRange.calloc(1, stack)
              .stageFlags(VK_SHADER_STAGE_COMPUTE_BIT)
              .size(kernel.parameters().size() * Integer.BYTES));
    }
    check(vkCreatePipelineLayout(vk(), info, null, made));
    return made.get(0);
  }

  private long pool(MemoryStack stack, LongBuffer made) {
    check(
        vkCreateDescriptorPool(
            vk(),
            VkDescriptorPoolCreateInfo.calloc(stack)
                .sType$Default()
                .maxSets(1)
                .pPoolSizes(
                    VkDescriptorPoolSize.calloc(1, stack)
                        .type(VK_DESCRIPTOR_TYPE_STORAGE_BUFFER)
                        .descriptorCount(Math.max(1, kernel.buffers().size()))),
            null,
            made));
    return made.get(0);
  }

  @Override
  public Kernel kernel() {
    return kernel;
  }

  @Override
  public void launch(LaunchArgument... given) {
    Launch launch = Launch.of(kernel, given);
    if (launch.isEmpty()) {
      return;
    }
    List<Integer> groups = launch.groups(device.mostGroups());
    try (MemoryStack stack = MemoryStack.stackPush()) {
      bind(launch, stack);
      record(launch, groups, stack);
      device.submit("launch " + kernel.name());
    }
  }

  private void bind(Launch launch, MemoryStack stack) {
    int count = kernel.buffers().size();
    VkWriteDescriptorSet.Buffer writes = VkWriteDescriptorSet.calloc(count, stack);
    int binding = 0;
    for (int i = 0; i < launch.arguments().size(); i++) {
      if (launch.arguments().get(i) instanceof DeviceBuffer) {
        long handle = launch.buffer(i, VulkanBuffer.class).handle();
        writes
            .get(binding)
            .sType$Default()
            .dstSet(set)
            .dstBinding(binding)
            .descriptorType(VK_DESCRIPTOR_TYPE_STORAGE_BUFFER)
            .descriptorCount(1)
            .pBufferInfo(
                VkDescriptorBufferInfo.calloc(1, stack).buffer(handle).range(VK_WHOLE_SIZE));
        binding++;
      }
    }
    vkUpdateDescriptorSets(vk(), writes, null);
  }

  private void record(Launch launch, List<Integer> groups, MemoryStack stack) {
    VkCommandBuffer commands = device.commands();
    String operation = "launch " + kernel.name();
    VulkanDevice.check(
        operation,
        vkBeginCommandBuffer(commands, VkCommandBufferBeginInfo.calloc(stack).sType$Default()));
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    vkCmdBindDescriptorSets(
        commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, stack.longs(set), null);
    if (!kernel.parameters().isEmpty()) {
      IntBuffer constants = stack.mallocInt(kernel.parameters().size());
      for (LaunchArgument argument : launch.arguments()) {
        if (argument instanceof Scalar scalar) {
          constants.put(scalar.bits());
        }
      }
      vkCmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, constants.flip());
    }
    vkCmdDispatch(commands, groups.get(0), groups.get(1), groups.get(2));
    VulkanDevice.check(operation, vkEndCommandBuffer(commands));
  }

  void release() {
    vkDestroyDescriptorPool(vk(), pool, null);
    vkDestroyPipeline(vk(), pipeline, null);
    vkDestroyShaderModule(vk(), module, null);
    vkDestroyPipelineLayout(vk(), layout, null);
    vkDestroyDescriptorSetLayout(vk(), bindings, null);
  }
}
