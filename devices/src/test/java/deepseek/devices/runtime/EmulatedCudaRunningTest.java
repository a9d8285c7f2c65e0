package deepseek.devices.runtime;

import static deepseek.devices.runtime.EmulatedCuda.checkAxpy;
import static deepseek.devices.runtime.EmulatedCuda.given;
import static deepseek.devices.runtime.EmulatedCuda.refused;
import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ops.Elementwise;
import deepseek.devices.ops.Rows;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Error handling of the CUDA runtime, on an emulation of NVIDIA's driver. */
class EmulatedCudaRunningTest extends OnEmulatedCuda {
  @Test
  void noMemoryIsNamedAndWhatIsThereGoesOn() {
    try (CudaRuntime runtime = cuda.open(cache)) {
      refused(
          () -> runtime.allocate(1 << 28),
          "allocate 268435456 words",
          "CUDA_ERROR_OUT_OF_MEMORY",
          "nvidia-smi");
      checkAxpy(runtime);
    }
    assertThat(cuda.books()).isEmpty();
  }

  @Test
  void moreGroupsThanAnAxisTakesAreRefused() {
    try (CudaRuntime runtime = cuda.open(cache);
        DeviceBuffer x = given(runtime, 1, 2);
        DeviceBuffer angle = given(runtime, 0)) {
      CompiledKernel rope = runtime.compile(Elementwise.rope());
      refused(
          () -> rope.launch(x, angle, angle, Scalar.of(65_536), Scalar.of(1), Scalar.of(1)),
          "launch rope: expected at most [2147483647, 65535, 65535] groups along the axes",
          "[1, 1, 65536]",
          "in parts");
    }
    assertThat(cuda.books()).isEmpty();
  }

  /** The largest number of groups along axis 2. */
  @Test
  void asManyGroupsAsAnAxisTakesRun() {
    int tokens = 65_535;
    float[] ones = new float[2 * tokens];
    Arrays.fill(ones, 1f);
    try (CudaRuntime runtime = cuda.open(cache);
        DeviceBuffer x = given(runtime, ones);
        DeviceBuffer cosines = given(runtime, new float[tokens]);
        DeviceBuffer sines = given(runtime, Arrays.copyOf(ones, tokens))) {
      runtime
          .compile(Elementwise.rope())
          .launch(x, cosines, sines, Scalar.of(tokens), Scalar.of(1), Scalar.of(1));
      float[] turned = x.toFloats();
      for (int i = 0; i < turned.length; i++) {
        assertThat(turned[i]).isEqualTo(i % 2 == 0 ? -1f : 1f);
      }
    }
    assertThat(cuda.books()).isEmpty();
  }

  /** A kernel that reads outside its buffers fails after its launch; then every call fails. */
  @Test
  void aKernelThatLeavesItsBuffersIsSaidByWhoWaits() {
    CudaRuntime runtime = cuda.open(cache);
    DeviceBuffer x = given(runtime, 1, 2, 3);
    DeviceBuffer y = given(runtime, 1, 2, 3);
    CompiledKernel axpy = runtime.compile(Elementwise.axpy());
    axpy.launch(x, y, Scalar.of(1f), Scalar.of(1000));
    String name = "CUDA_ERROR_ILLEGAL_ADDRESS";
    String remedy = "give buffers as large as its parameters say";
    refused(y::toFloats, "read a buffer: expected CUDA_SUCCESS, got " + name, remedy);
    refused(() -> x.write(1f), "write a buffer", name, remedy);
    refused(() -> axpy.launch(x, y, Scalar.of(1f), Scalar.of(3)), "launch axpy", name);
    refused(() -> runtime.allocate(1), "allocate 1 words", name);
    refused(() -> runtime.compile(Rows.sum(2)), "load sum", name);
    // The error was reported, so closing only frees what can be freed.
    x.close();
    y.close();
    runtime.close();
    assertThat(cuda.books().lines()).hasSize(1).allMatch(line -> line.contains("outside all"));
  }

  @ParameterizedTest
  @EnumSource(names = {"LAUNCH_FAILED", "ECC_UNCORRECTABLE", "LAUNCH_TIMEOUT", "UNKNOWN"})
  void aLostGpuIsSaidOnceByClosingIfByNobodyElse(CudaStatus status) {
    CudaRuntime runtime = cuda.open(cache);
    DeviceBuffer x = given(runtime, 1, 2, 3);
    DeviceBuffer y = given(runtime, 1, 2, 3);
    runtime.compile(Elementwise.axpy()).launch(x, y, Scalar.of(1f), Scalar.of(3));
    cuda.lose(status);
    refused(runtime::close, "close cuda", "CUDA_ERROR_" + status, status.remedy());
    runtime.close();
    x.close();
    y.close();
    assertThat(cuda.books()).isEmpty();
    // The context was destroyed with its last user; a new one works.
    try (CudaRuntime next = cuda.open(cache)) {
      checkAxpy(next);
    }
    assertThat(cuda.books()).isEmpty();
  }

  @Test
  void aBufferThatIsClosedSaysWhatWentWrongBefore() {
    CudaRuntime runtime = cuda.open(cache);
    DeviceBuffer x = given(runtime, 1, 2, 3);
    DeviceBuffer y = given(runtime, 1, 2, 3);
    runtime.compile(Elementwise.axpy()).launch(x, y, Scalar.of(1f), Scalar.of(3));
    cuda.lose(CudaStatus.LAUNCH_FAILED);
    refused(x::close, "close a buffer", "CUDA_ERROR_LAUNCH_FAILED");
    x.close();
    y.close();
    runtime.close();
    assertThat(cuda.books()).isEmpty();
  }

  @Test
  void whatIsClosedStaysClosed() {
    CudaRuntime runtime = cuda.open(cache);
    DeviceBuffer x = given(runtime, 1, 2, 3);
    DeviceBuffer left = runtime.allocate(4);
    CompiledKernel axpy = runtime.compile(Elementwise.axpy());
    x.close();
    refused(() -> x.write(1f), "use a buffer", "closed");
    // A buffer that was left open is freed with its runtime.
    runtime.close();
    runtime.close();
    left.close();
    assertThat(cuda.books()).isEmpty();
    refused(() -> runtime.allocate(1), "allocate 1 words", "an open runtime", "closed");
    refused(() -> runtime.compile(Rows.sum(8)), "an open runtime", "a closed one");
    refused(left::toFloats, "closed");
    try (CudaRuntime other = cuda.open(cache);
        DeviceBuffer y = given(other, 1, 2, 3);
        DeviceBuffer z = given(other, 1, 2, 3)) {
      refused(() -> axpy.launch(y, z, Scalar.of(1f), Scalar.of(3)), "closed");
    }
    assertThat(cuda.books()).isEmpty();
  }
}
