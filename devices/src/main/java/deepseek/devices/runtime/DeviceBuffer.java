package deepseek.devices.runtime;

import deepseek.kernel.KernelException;
import java.lang.foreign.MemorySegment;

/** Words on a device, until closed; used with the runtime that made it alone. */
public non-sealed interface DeviceBuffer extends LaunchArgument, AutoCloseable {
  long words();

  /** Copies words from the host, from the first word on. */
  void write(MemorySegment from);

  /** Copies words to the host, once all launches before it are done. */
  void read(MemorySegment to);

  @Override
  void close();

  default void write(float... from) {
    write(MemorySegment.ofArray(from));
  }

  default void write(int... from) {
    write(MemorySegment.ofArray(from));
  }

  default float[] toFloats() {
    float[] to = new float[Math.toIntExact(words())];
    read(MemorySegment.ofArray(to));
    return to;
  }

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

  /** Throws unless {@code host} is whole words and no more than the buffer has. */
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
