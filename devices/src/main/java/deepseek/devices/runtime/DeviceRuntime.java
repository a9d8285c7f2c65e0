package deepseek.devices.runtime;

import deepseek.devices.ir.Kernel;
import deepseek.kernel.KernelException;

/** Runs kernels on one device. Not thread-safe. */
public interface DeviceRuntime extends AutoCloseable {
  /** A description of the device and its driver. */
  String device();

  /** The default group size on this device, for operators that let one choose. */
  int groupWidth();

  /** Allocates an uninitialised buffer, which the caller must close before the runtime. */
  DeviceBuffer allocate(long words);

  /** Compiles a kernel; each kernel only once. */
  CompiledKernel compile(Kernel kernel);

  /** Frees compiled kernels. Buffers must have been closed before. */
  @Override
  void close();

  /** Throws unless {@code words} is a valid size of a buffer. */
  static void checkWords(long words) {
    if (words < 1 || words > Integer.MAX_VALUE) {
      throw new KernelException(
          "allocate a buffer",
          "1 to 2^31 - 1 words",
          String.valueOf(words),
          "kernels count words with 32 bits: split it");
    }
  }
}
