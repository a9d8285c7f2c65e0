package deepseek.devices.runtime;

class OpenClConformanceTest extends ConformanceOf {
  OpenClConformanceTest() {
    super(Backend.OPENCL);
  }
}
