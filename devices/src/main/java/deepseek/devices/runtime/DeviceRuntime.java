package deepseek.devices.runtime;

import deepseek.devices.ir.Kernel;
import deepseek.kernel.KernelException;

/** Runs kernels on one device; used by one thread at a time. */
public interface DeviceRuntime extends AutoCloseable {
  /** The device and its driver, in words. */
  String device();

  /** How many items of a group suit the device, where an operator lets one choose. */
  int groupWidth();

  /** Undefined words. */
  DeviceBuffer allocate(long words);

  /** The same kernel is compiled once. */
  CompiledKernel compile(Kernel kernel);

  /** Frees what it compiled; buffers are closed by who allocated them, before. */
  @Override
  void close();

  /** Throws unless a buffer of {@code words} makes sense. */
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
