package deepseek.kernel.runtime;

class CpuConformanceTest extends ConformanceOf {
  CpuConformanceTest() {
    super(Backend.CPU);
  }
}
