package deepseek.devices.runtime;

class VulkanConformanceTest extends ConformanceOf {
  VulkanConformanceTest() {
    super(Backend.VULKAN);
  }
}
