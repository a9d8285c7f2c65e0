package deepseek.kernel.runtime;

class VulkanConformanceTest extends ConformanceOf {
  VulkanConformanceTest() {
    super(Backend.VULKAN);
  }
}
