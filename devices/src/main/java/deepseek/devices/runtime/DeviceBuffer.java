package deepseek.devices.runtime;

import deepseek.kernel.KernelException;
import java.lang.foreign.MemorySegment;

/**
 * A buffer of 32-bit words on a device, valid until closed, and only with the runtime that
 * allocated it.
 */
public non-sealed interface DeviceBuffer extends LaunchArgument, AutoCloseable {
  /** The size in 32-bit words. */
  long words();

  /**
   * Copies from the host to the start of the buffer.
   *
   * @throws KernelException if {@code from} isn't whole words, or is larger than the buffer
   */
  void write(MemorySegment from);

  /**
   * Copies from the start of the buffer to the host, after all earlier launches.
   *
   * @throws KernelException if {@code to} isn't whole words, or is larger than the buffer
   */
  void read(MemorySegment to);

  @Override
  void close();

  /** Copies floats to the start of the buffer. */
  default void write(float... from) {
    write(MemorySegment.ofArray(from));
  }

  /** Copies ints to the start of the buffer. */
  default void write(int... from) {
    write(MemorySegment.ofArray(from));
  }

  /** Copies the whole buffer to the host as floats. */
  default float[] toFloats() {
    float[] to = new float[Math.toIntExact(words())];
    read(MemorySegment.ofArray(to));
    return to;
  }

  /** Copies the whole buffer to the host as ints. */
  default int[] toInts() {
    int[] to = new int[Math.toIntExact(words())];
    read(MemorySegment.ofArray(to));
    return to;
  }

  /** Throws unless the buffer is {@code open}. */
  static void checkOpen(boolean open) {
    if (!open) {
      throw new KernelException(
          "use a buffer", "an open one", "a closed one", "close it after its last launch");
    }
  }

  /** Throws unless {@code host} consists of whole words and is no larger than the buffer. */
  default void checkFits(MemorySegment host) {
    if (host.byteSize() % Integer.BYTES != 0 || host.byteSize() > words() * Integer.BYTES) {
      throw new KernelException(
          "copy to or from a buffer",
          "at most " + words() + " words of 4 bytes",
          host.byteSize() + " bytes",
          "take a slice, or a larger buffer");
    }
  }
}
