package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Writes a C structure whose members are all eight bytes wide. */
final class Words {
  private final MemorySegment memory;
  private long at;

  Words(MemorySegment memory) {
    this.memory = memory;
  }

  Words put(long word) {
    memory.set(ValueLayout.JAVA_LONG, at, word);
    at += Long.BYTES;
    return this;
  }

  Words put(double word) {
    return put(Double.doubleToRawLongBits(word));
  }

  Words put(boolean word) {
    return put(word ? 1 : 0);
  }

  Words put(Rows rows) {
    return put(rows.address()).put(rows.stride()).put(rows.copyBytes());
  }

  Words put(Quantised q) {
    return put(q.bytes())
        .put(q.scales())
        .put(q.weighted())
        .put(q.sums())
        .put(q.upper())
        .put(q.groups())
        .put(q.copyBytes())
        .put(q.narrow());
  }

  Words put(WeightOperand w) {
    return put(w.format().ordinal()).put(w.address()).put(w.in()).put(w.out());
  }

  /** The finished structure; all of its words must have been written. */
  MemorySegment end() {
    if (at != memory.byteSize()) {
      throw new IllegalStateException(at + " bytes of a structure of " + memory.byteSize());
    }
    return memory;
  }
}
