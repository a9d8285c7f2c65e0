package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * A program of a single product, applied to any number of rows in batches of the planned size.
 *
 * @param quantising the operation that quantises x first, if any
 */
record ProductByRows(StepProgram program, Optional<MemorySegment> quantising, Side x, Side y)
    implements AutoCloseable {

  /**
   * Where the product's structure holds the address of x or y.
   *
   * @param operation the structure in C, of which word {@code word} is the address
   * @param form the rows, without an address
   */
  record Side(MemorySegment operation, long word, Rows form) {
    private long tell(MemorySegment all, long first, long count) {
      long rowBytes = form.stride() * Float.BYTES;
      long address = all.asSlice(first * rowBytes, count * rowBytes).address();
      operation.setAtIndex(ValueLayout.JAVA_LONG, word, address);
      return address;
    }
  }

  /**
   * Computes Computes y from x.
   *
   * @param before is called with the first row of each batch
   */
  void run(MemorySegment from, MemorySegment to, long rows, LongConsumer before) {
    int most = program.maxRows();
    for (long first = 0; first < rows; first += most) {
      int count = (int) Math.min(most, rows - first);
      before.accept(first);
      long address = x.tell(from, first, count);
      quantising.ifPresent(op -> op.set(ValueLayout.JAVA_LONG, 0, address));
      y.tell(to, first, count);
      program.run(count, 0);
    }
  }

  @Override
  public void close() {
    program.close();
  }
}
