package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** All of memory as one segment, unchecked as in C: the caller is responsible for each address. */
final class AllMemory {
  static final MemorySegment SEGMENT = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private AllMemory() {}

  static int unsigned(long address) {
    return SEGMENT.get(ValueLayout.JAVA_BYTE, address) & 0xff;
  }

  static short half(long address) {
    return SEGMENT.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
  }

  static int word(long address) {
    return SEGMENT.get(ValueLayout.JAVA_INT_UNALIGNED, address);
  }
}
