package deepseek.kernel.runtime;

class OpenClConformanceTest extends ConformanceOf {
  OpenClConformanceTest() {
    super(Backend.OPENCL);
  }
}
