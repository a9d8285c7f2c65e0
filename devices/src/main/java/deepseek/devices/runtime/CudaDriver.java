package deepseek.devices.runtime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import deepseek.kernel.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.stream.Stream;

/** The functions of the CUDA driver that the runtime uses. */
final class CudaDriver {
  private final SymbolLookup library;

  final NativeFunction init = function("cuInit", JAVA_INT);
  final NativeFunction deviceCount = function("cuDeviceGetCount", ADDRESS);
  final NativeFunction device = function("cuDeviceGet", ADDRESS, JAVA_INT);
  final NativeFunction deviceName = function("cuDeviceGetName", ADDRESS, JAVA_INT, JAVA_INT);
  final NativeFunction deviceAttribute =
      function("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
  final NativeFunction retainContext = function("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
  final NativeFunction releaseContext = function("cuDevicePrimaryCtxRelease_v2", JAVA_INT);
  final NativeFunction pushContext = function("cuCtxPushCurrent_v2", ADDRESS);
  final NativeFunction popContext = function("cuCtxPopCurrent_v2", ADDRESS);
  final NativeFunction allocate = function("cuMemAlloc_v2", ADDRESS, JAVA_LONG);
  final NativeFunction free = function("cuMemFree_v2", JAVA_LONG);
  final NativeFunction toDevice =
      function("cuMemcpyHtoDAsync_v2", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
  final NativeFunction toHost =
      function("cuMemcpyDtoHAsync_v2", ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS);
  final NativeFunction loadModule = function("cuModuleLoadData", ADDRESS, ADDRESS);
  final NativeFunction unloadModule = function("cuModuleUnload", ADDRESS);
  final NativeFunction moduleFunction = function("cuModuleGetFunction", ADDRESS, ADDRESS, ADDRESS);
  final NativeFunction launch =
      function(
          "cuLaunchKernel",
          ADDRESS,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          ADDRESS,
          ADDRESS,
          ADDRESS);
  final NativeFunction finish = function("cuStreamSynchronize", ADDRESS);
  private final NativeFunction driverVersion = function("cuDriverGetVersion", ADDRESS);
  private final NativeFunction errorName = function("cuGetErrorName", JAVA_INT, ADDRESS);

  CudaDriver(SymbolLookup library) {
    // Assigned first, because the functions above are looked up in it.
    this.library = library;
    super();
  }

  static CudaDriver load() {
    return Stream.of("libcuda.so.1", "nvcuda.dll")
        .flatMap(CudaDriver::loaded)
        .findFirst()
        .map(CudaDriver::new)
        .orElseThrow(
            () ->
                new KernelException(
                    "open cuda", "NVIDIA's driver", "no libcuda", "install it with a GPU"));
  }

  private static Stream<SymbolLookup> loaded(String name) {
    try {
      return Stream.of(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException e) {
      return Stream.empty();
    }
  }

  private NativeFunction function(String name, MemoryLayout... arguments) {
    if (library.find(name).isEmpty()) {
      throw new KernelException(
          "open cuda", "a driver that has " + name, "one without", "update NVIDIA's driver");
    }
    return NativeFunction.of(library, name, JAVA_INT, arguments);
  }

  /** The newest version of CUDA whose code it can load. */
  CudaVersion version() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(JAVA_INT);
      check("open cuda", driverVersion.status(number));
      int packed = number.get(JAVA_INT, 0);
      return new CudaVersion(packed / 1000, packed % 1000 / 10);
    }
  }

  /** Throws for any status but success, with its name and the remedy. */
  void check(String operation, int status) {
    if (status != 0) {
      throw new KernelException(
          operation,
          "CUDA_SUCCESS",
          name(status),
          CudaStatus.of(status).map(CudaStatus::remedy).orElse("see nvidia-smi and dmesg"));
    }
  }

  /** The name of a status, such as CUDA_ERROR_NO_DEVICE. */
  String name(int status) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(ADDRESS);
      boolean known = errorName.status(status, name) == 0;
      return known ? name.get(ADDRESS, 0).reinterpret(256).getString(0) : "CUDA status " + status;
    }
  }
}
