package deepseek.devices.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.kernel.runtime.KernelCache;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * The suite on an emulation of NVIDIA's driver and compiler: the runtime's calls and the CUDA C are
 * real, the GPU is emulated. See {@code tools/kernels/cuda}.
 */
class EmulatedCudaConformanceTest extends ConformanceOf {
  @TempDir private static Path kernels;

  private static Optional<EmulatedCuda> emulated = Optional.empty();

  EmulatedCudaConformanceTest() {
    super(EmulatedCuda.NAME, EmulatedCudaConformanceTest::openEmulated);
  }

  private static DeviceRuntime openEmulated() {
    EmulatedCuda cuda = EmulatedCuda.load();
    emulated = Optional.of(cuda);
    return cuda.open(new KernelCache(kernels));
  }

  @Override
  @AfterAll
  void close() {
    super.close();
    emulated.ifPresent(cuda -> assertThat(cuda.books()).isEmpty());
  }
}
