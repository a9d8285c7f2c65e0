package deepseek.devices.runtime;

import static deepseek.devices.runtime.EmulatedCuda.checkAxpy;
import static deepseek.devices.runtime.EmulatedCuda.refused;
import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ops.Rows;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Opening with various GPUs, drivers and compilers, or none, on an emulation of NVIDIA's driver.
 */
class EmulatedCudaOpeningTest extends OnEmulatedCuda {
  @Test
  void itsNameSaysWhatItIs() {
    try (CudaRuntime runtime = cuda.open(cache)) {
      assertThat(runtime.device())
          .isEqualTo("emulated GPU 0 (no silicon), sm_89, driver for CUDA 12.9, nvrtc 12.9");
    }
    assertThat(cuda.books()).isEmpty();
  }

  /** The numbers come from cuda.h by way of the table in driver.h. */
  @ParameterizedTest
  @EnumSource(CudaStatus.class)
  void statusesHaveTheDriversNumbers(CudaStatus status) {
    assertThat(cuda.driver().name(status.number())).isEqualTo("CUDA_ERROR_" + status);
  }

  @ParameterizedTest
  @CsvSource({
    "cuInit,NO_DEVICE,CUDA_VISIBLE_DEVICES",
    "cuInit,STUB_LIBRARY,stub",
    "cuInit,SYSTEM_DRIVER_MISMATCH,restart",
    "cuDeviceGetCount,UNKNOWN,dmesg",
    "cuDeviceGetAttribute,UNKNOWN,dmesg",
    "cuDevicePrimaryCtxRetain,OUT_OF_MEMORY,nvidia-smi",
    "cuDevicePrimaryCtxRetain,DEVICE_UNAVAILABLE,compute mode"
  })
  void whatCantBeOpenedSaysWhy(String function, CudaStatus status, String remedy) {
    cuda.fail(function, status.number(), 0);
    refused(() -> cuda.open(cache), "open cuda: expected CUDA_SUCCESS", "_" + status, remedy);
    assertThat(cuda.books()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 2})
  void aGpuThatIsntThereIsNamed(int number) {
    refused(
        () -> CudaRuntime.open(cuda.driver(), Stream.of(), number, MemorySegment.NULL, cache),
        "GPU " + number,
        "2 GPUs",
        "CUDA_VISIBLE_DEVICES");
  }

  @Test
  void withoutNvrtcNothingIsHeld() {
    refused(
        () -> CudaRuntime.open(cuda.driver(), Stream.of(), 0, MemorySegment.NULL, cache),
        "open nvrtc",
        "DEEPSEEK_NVRTC");
    assertThat(cuda.books()).isEmpty();
  }

  @Test
  void aGpuThatIsNewerThanNvrtcGetsPtx() {
    cuda.gpu(121, 13000);
    cuda.toolkit(12, 4, 50, 80, 90);
    try (CudaRuntime runtime = cuda.open(cache)) {
      checkAxpy(runtime);
    }
    assertThat(entries("ptx")).isPositive();
    assertThat(cuda.books()).isEmpty();
  }

  @Test
  void aGpuOfAKnownKindGetsItsOldestMembersCode() {
    cuda.gpu(87, 12040);
    cuda.toolkit(12, 4, 50, 80, 90);
    try (CudaRuntime runtime = cuda.open(cache)) {
      checkAxpy(runtime);
    }
  }

  @Test
  void aGpuThatIsOlderThanNvrtcIsNamed() {
    cuda.gpu(61, 12090);
    cuda.toolkit(13, 0, 75, 80, 90);
    refused(
        () -> cuda.open(cache),
        "open cuda: expected an nvrtc that knows sm_61, got nvrtc 13.0, from sm_75 on",
        "older CUDA");
    assertThat(cuda.books()).isEmpty();
  }

  @Test
  void ofSeveralNvrtcsTheOneThatFitsIsTaken() {
    cuda.gpu(90, 12040);
    EmulatedCuda newer = EmulatedCuda.load();
    newer.toolkit(13, 0, 75, 80, 90);
    EmulatedCuda old = EmulatedCuda.load();
    old.toolkit(12, 0, 50, 80);
    Stream<Nvrtc> found = Stream.of(newer.nvrtc(), old.nvrtc(), cuda.nvrtc());
    try (CudaRuntime runtime =
        CudaRuntime.open(cuda.driver(), found, 0, MemorySegment.NULL, cache)) {
      assertThat(runtime.device()).endsWith("nvrtc 12.9");
    }
    Stream<Nvrtc> few = Stream.of(newer.nvrtc(), old.nvrtc());
    try (CudaRuntime runtime = CudaRuntime.open(cuda.driver(), few, 0, MemorySegment.NULL, cache)) {
      assertThat(runtime.device()).endsWith("nvrtc 12.0");
    }
  }

  @Test
  void codeThatTheDriverRefusesIsNotKept() {
    cuda.gpu(90, 12040);
    cuda.toolkit(13, 0, 75, 80, 90);
    int before = entries("cubin");
    try (CudaRuntime runtime = cuda.open(cache)) {
      refused(
          () -> runtime.compile(Rows.sum(2)),
          "load sum of nvrtc 13.0 by a driver for CUDA 12.4",
          "CUDA_ERROR_INVALID_IMAGE",
          "update the driver, or set DEEPSEEK_NVRTC");
    }
    assertThat(entries("cubin")).isEqualTo(before);
    assertThat(cuda.books()).isEmpty();
  }

  private static int entries(String suffix) {
    try (Stream<Path> files = Files.list(kernels)) {
      return (int) files.filter(file -> file.toString().endsWith("." + suffix)).count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aKernelThatIsNotInItsCodeLeavesNothingLoaded() {
    cuda.fail("cuModuleGetFunction", 500, 0);
    try (CudaRuntime runtime = cuda.open(cache)) {
      refused(() -> runtime.compile(Rows.sum(4)), "load sum", "CUDA_ERROR_NOT_FOUND");
    }
    assertThat(cuda.books()).isEmpty();
  }

  @Test
  void whatNvrtcRefusesIsSaid() {
    refused(
        () -> cuda.nvrtc().compile("wrong", "int x = ;", "sm_90"),
        "compile wrong for sm_90",
        "nvrtc 12.9 to take it",
        "wrong.cu:1:9: error");
    refused(() -> cuda.nvrtc().compile("wrong", "int x;", "sm_7"), "--gpu-architecture", "sm_7");
    assertThat(cuda.books()).isEmpty();
  }
}
