package deepseek.devices.runtime;

import deepseek.kernel.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A buffer in this process's memory. */
final class CpuBuffer implements DeviceBuffer {
  private static final long LINE = 64;

  private final MemorySegment segment;
  private final Runnable release;

  private CpuBuffer(MemorySegment segment, Runnable release) {
    this.segment = segment;
    this.release = release;
  }

  @SuppressWarnings("MustBeClosed") // the buffer takes ownership of it
  static CpuBuffer allocate(long words) {
    Arena arena = Arena.ofShared();
    return new CpuBuffer(arena.allocate(words * Integer.BYTES, LINE), arena::close);
  }

  static CpuBuffer wrap(MemorySegment words) {
    if (!words.isNative() || words.address() % Integer.BYTES != 0) {
      throw new KernelException(
          "wrap memory",
          "native memory at a multiple of 4 bytes",
          words.toString(),
          "allocate a buffer and write to it");
    }
    return new CpuBuffer(words, () -> {});
  }

  /** Throws once the buffer is closed. */
  MemorySegment segment() {
    DeviceBuffer.checkOpen(segment.scope().isAlive());
    return segment;
  }

  @Override
  public long words() {
    return segment.byteSize() / Integer.BYTES;
  }

  @Override
  public void write(MemorySegment from) {
    checkFits(from);
    segment().copyFrom(from);
  }

  @Override
  public void read(MemorySegment to) {
    checkFits(to);
    to.copyFrom(segment().asSlice(0, to.byteSize()));
  }

  @Override
  public void close() {
    if (segment.scope().isAlive()) {
      release.run();
    }
  }
}
