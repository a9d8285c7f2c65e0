package deepseek.compute.internal;

import deepseek.compute.DType;
import deepseek.compute.Device;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.PointerConsumer;
import org.bytedeco.pytorch.global.torch;

/**
 * Tensors on memory that libtorch does not own. libtorch calls back with the data's address when
 * the last view of it has gone; until then the memory's owner is held here.
 */
final class Borrowed {
  private record Loan(MemorySegment data, Runnable whenFreed) {}

  // Several tensors may share an address (empty tensors, tied weights), hence the queue.
  private static final Map<Long, Deque<Loan>> LOANS = new ConcurrentHashMap<>();

  private static final PointerConsumer RETURNED =
      new PointerConsumer() {
        @Override
        public void call(Pointer data) {
          giveBack(data == null ? 0 : data.address());
        }
      };

  private Borrowed() {}

  /** All of {@code data} in one dim. */
  static NativeTensor tensor(MemorySegment data, DType dtype, Runnable whenFreed) {
    long[] shape = {data.byteSize() / dtype.byteSize()};
    LOANS.compute(
        data.address(),
        (address, loans) -> {
          Deque<Loan> queue = loans == null ? new ArrayDeque<>() : loans;
          queue.add(new Loan(data, whenFreed));
          return queue;
        });
    return NativeTensor.wrapped(
        torch.from_blob(
            new Address(data.address()), shape, RETURNED, Types.options(dtype, Device.CPU)));
  }

  private static void giveBack(long address) {
    Loan[] ended = new Loan[1];
    LOANS.computeIfPresent(
        address,
        (a, loans) -> {
          ended[0] = loans.poll();
          return loans.isEmpty() ? null : loans;
        });
    if (ended[0] != null) {
      ended[0].whenFreed().run();
    }
  }

  /** A bare address as JavaCPP's Pointer. */
  private static final class Address extends Pointer {
    Address(long address) {
      super((Pointer) null);
      this.address = address;
    }
  }
}
