package deepseek.devices.runtime;

class CudaConformanceTest extends ConformanceOf {
  CudaConformanceTest() {
    super(Backend.CUDA);
  }
}
