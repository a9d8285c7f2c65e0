package deepseek.devices.runtime;

import static deepseek.devices.runtime.EmulatedCuda.checkAxpy;
import static deepseek.devices.runtime.EmulatedCuda.given;
import static deepseek.devices.runtime.EmulatedCuda.refused;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ops.Elementwise;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Threads, contexts and streams of others, on an emulation of NVIDIA's driver. */
class EmulatedCudaSharingTest extends OnEmulatedCuda {
  @Test
  void threadsMayTakeTurns() throws InterruptedException {
    try (CudaRuntime runtime = cuda.open(cache)) {
      AtomicReference<Throwable> failed = new AtomicReference<>();
      for (int i = 0; i < 3; i++) {
        Thread thread = new Thread(() -> checkAxpy(runtime));
        thread.setUncaughtExceptionHandler((_, e) -> failed.set(e));
        thread.start();
        thread.join();
      }
      assertThat(failed.get()).isNull();
      checkAxpy(runtime);
    }
    assertThat(cuda.books()).isEmpty();
  }

  @Test
  void theContextThatAThreadHadComesBack() {
    CudaDriver driver = cuda.driver();
    try (Arena arena = Arena.ofConfined();
        CudaRuntime second =
            CudaRuntime.open(driver, Stream.of(cuda.nvrtc()), 1, MemorySegment.NULL, cache)) {
      MemorySegment context = arena.allocate(ADDRESS);
      assertThat(driver.retainContext.status(context, 64)).isZero();
      MemorySegment mine = context.get(ADDRESS, 0);
      assertThat(cuda.call("cuCtxSetCurrent", mine)).isZero();
      checkAxpy(second);
      assertThat(cuda.call("cuCtxGetCurrent", context)).isZero();
      assertThat(context.get(ADDRESS, 0)).isEqualTo(mine);
      assertThat(driver.releaseContext.status(64)).isZero();
      assertThat(cuda.call("cuCtxSetCurrent", MemorySegment.NULL)).isZero();
    }
    assertThat(cuda.books()).isEmpty();
  }

  /**
   * The emulator runs nothing before a synchronisation, so that work outside the stream's order is
   * detected.
   */
  @Test
  void allGoesToTheStreamThatIsGiven() {
    CudaDriver driver = cuda.driver();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment made = arena.allocate(ADDRESS);
      assertThat(driver.init.status(0)).isZero();
      assertThat(driver.retainContext.status(made, 64)).isZero();
      MemorySegment context = made.get(ADDRESS, 0);
      assertThat(cuda.call("cuCtxSetCurrent", context)).isZero();
      assertThat(cuda.call("cuStreamCreate", made, 1)).isZero();
      MemorySegment stream = made.get(ADDRESS, 0);
      try (CudaRuntime runtime = cuda.open(cache, stream);
          DeviceBuffer x = given(runtime, 1, 0);
          DeviceBuffer y = given(runtime, 0, 1)) {
        CompiledKernel axpy = runtime.compile(Elementwise.axpy());
        for (int i = 0; i < 4; i++) {
          axpy.launch(x, y, Scalar.of(1f), Scalar.of(2));
          axpy.launch(y, x, Scalar.of(1f), Scalar.of(2));
        }
        assertThat(List.of(y.toFloats()[0], x.toFloats()[0])).containsExactly(21f, 34f);
      }
      assertThat(cuda.call("cuStreamDestroy_v2", stream)).isZero();
      try (CudaRuntime runtime = cuda.open(cache, stream)) {
        DeviceBuffer x = runtime.allocate(1);
        refused(() -> x.write(1f), "CUDA_ERROR_INVALID_HANDLE", "a stream of the GPU's primary");
        x.close();
      }
      assertThat(cuda.call("cuCtxSetCurrent", MemorySegment.NULL)).isZero();
      assertThat(driver.releaseContext.status(64)).isZero();
    }
    assertThat(cuda.books()).isEmpty();
  }
}
