package deepseek.devices.runtime;

import java.util.Arrays;
import java.util.Optional;

/** Status codes of the driver that have a remedy, by their numbers in cuda.h. */
enum CudaStatus {
  OUT_OF_MEMORY(2, "close buffers, or see in nvidia-smi who else has the GPU's memory"),
  STUB_LIBRARY(34, "CUDA's stub of libcuda.so.1 was found: have the driver's own found first"),
  DEVICE_UNAVAILABLE(46, "another process has the GPU to itself: see its compute mode, nvidia-smi"),
  NO_DEVICE(100, "see nvidia-smi and CUDA_VISIBLE_DEVICES"),
  INVALID_DEVICE(101, "see nvidia-smi and CUDA_VISIBLE_DEVICES"),
  INVALID_IMAGE(200, Kind.CODE),
  INVALID_CONTEXT(201, "give a stream of the GPU's primary context"),
  NO_BINARY_FOR_GPU(209, Kind.CODE),
  ECC_UNCORRECTABLE(214, Kind.DEVICE),
  INVALID_PTX(218, Kind.CODE),
  JIT_COMPILER_NOT_FOUND(221, "install libnvidia-ptxjitcompiler, which comes with the driver"),
  UNSUPPORTED_PTX_VERSION(222, Kind.CODE),
  INVALID_HANDLE(400, "give a stream of the GPU's primary context, which is not destroyed yet"),
  ILLEGAL_ADDRESS(700, Kind.KERNEL),
  LAUNCH_OUT_OF_RESOURCES(701, "choose a smaller width"),
  LAUNCH_TIMEOUT(702, "run less at once, or on a GPU without a display; start the process anew"),
  CONTEXT_IS_DESTROYED(709, "leave the GPU's primary context to who retained it"),
  HARDWARE_STACK_ERROR(714, Kind.DEVICE),
  ILLEGAL_INSTRUCTION(715, Kind.DEVICE),
  MISALIGNED_ADDRESS(716, Kind.KERNEL),
  LAUNCH_FAILED(719, Kind.KERNEL),
  SYSTEM_DRIVER_MISMATCH(803, "libcuda and the kernel's module differ: restart after the update"),
  COMPAT_NOT_SUPPORTED_ON_DEVICE(804, "take CUDA's compat folder off the library path"),
  UNKNOWN(999, "see dmesg and nvidia-smi; start the process anew");

  /** Kinds of errors with a common remedy. */
  private enum Kind {
    CODE("nvrtc and driver don't fit: update the driver, or set DEEPSEEK_NVRTC to an older nvrtc"),
    DEVICE("see dmesg and nvidia-smi; start the process anew"),
    KERNEL(
        "a launch before it went wrong: give buffers as large as its parameters say,"
            + " and start the process anew");

    private final String remedy;

    Kind(String remedy) {
      this.remedy = remedy;
    }
  }

  private final int number;
  private final String remedy;

  CudaStatus(int number, Kind kind) {
    this(number, kind.remedy);
  }

  CudaStatus(int number, String remedy) {
    this.number = number;
    this.remedy = remedy;
  }

  static Optional<CudaStatus> of(int number) {
    return Arrays.stream(values()).filter(status -> status.number == number).findFirst();
  }

  int number() {
    return number;
  }

  String remedy() {
    return remedy;
  }
}
