package deepseek.kernel.runtime;

class CudaConformanceTest extends ConformanceOf {
  CudaConformanceTest() {
    super(Backend.CUDA);
  }
}
