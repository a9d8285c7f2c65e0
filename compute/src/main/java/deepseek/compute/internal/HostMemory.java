package deepseek.compute.internal;

import deepseek.compute.DType;
import deepseek.kernel.runtime.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that some {@link HostTensor}s share, reference-counted. libtorch is told of them when one
 * of these is first used by an operation, and then all of its views share one storage.
 */
final class HostMemory {
  private final MemorySegment data;
  private final DType dtype;
  private final Runnable whenFreed;
  private final AtomicInteger references = new AtomicInteger(1);
  private @Nullable NativeTensor whole;

  HostMemory(MemorySegment data, DType dtype, Runnable whenFreed) {
    this.data = data;
    this.dtype = dtype;
    this.whenFreed = whenFreed;
  }

  /**
   * Uninitialised memory of its own; empty where libtorch is to allocate: because it is loaded
   * already, or because there is no more memory and its error says so.
   */
  static Optional<HostMemory> allocate(long bytes, DType dtype) {
    return TorchRuntime.isLoaded()
        ? Optional.empty()
        : NativeMemory.allocate(bytes)
            .map(data -> new HostMemory(data, dtype, () -> NativeMemory.free(data)));
  }

  MemorySegment data() {
    return data;
  }

  void retain() {
    references.incrementAndGet();
  }

  void release() {
    if (references.decrementAndGet() > 0) {
      return;
    }
    NativeTensor known = whole;
    if (known == null) {
      whenFreed.run();
    } else {
      known.free(); // libtorch's last reference to them runs whenFreed
    }
  }

  /** libtorch's tensor [n] of all elements. */
  synchronized NativeTensor whole() {
    NativeTensor known = whole;
    if (known == null) {
      known = Borrowed.tensor(data, dtype, whenFreed);
      whole = known;
    }
    return known;
  }
}
