package deepseek.devices.runtime;

class CpuConformanceTest extends ConformanceOf {
  CpuConformanceTest() {
    super(Backend.CPU);
  }
}
