package deepseek.compute.internal;

import deepseek.compute.DType;
import deepseek.compute.Device;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * Elements in row-major order in the CPU's memory that libtorch has not seen: what a model consists
 * of whose steps run as kernels alone, so that libtorch need not be loaded for it. What it can't do
 * is left to {@link #toNative}.
 *
 * <p>Immutable but for the elements themselves. Views count as users of the memory.
 */
public final class HostTensor implements Contents {
  private final HostMemory memory;
  private final DType dtype;

  /** Elements before the first. */
  private final long offset;

  private final long[] shape;

  /** Takes ownership of a reference to {@code memory}. */
  private HostTensor(HostMemory memory, long offset, DType dtype, long[] shape) {
    this.memory = memory;
    this.offset = offset;
    this.dtype = dtype;
    this.shape = shape.clone();
  }

  /** On borrowed memory; {@code whenFreed} runs after its last use. */
  public static HostTensor of(MemorySegment data, long[] shape, DType dtype, Runnable whenFreed) {
    return new HostTensor(new HostMemory(data, dtype, whenFreed), 0, dtype, shape);
  }

  /** Uninitialised; empty where libtorch is to allocate, or to reject the shape. */
  public static Optional<HostTensor> allocate(long[] shape, DType dtype) {
    long bytes = product(dtype.byteSize(), shape);
    return bytes < 0
        ? Optional.empty()
        : HostMemory.allocate(bytes, dtype).map(m -> new HostTensor(m, 0, dtype, shape));
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public int rank() {
    return shape.length;
  }

  @Override
  public long size(int dim) {
    return shape[dim];
  }

  @Override
  public long numel() {
    return numel(shape);
  }

  private static long numel(long... shape) {
    return product(1, shape);
  }

  /** {@code first} times all sizes; -1 where one is negative or a long does not hold it. */
  private static long product(long first, long... sizes) {
    long product = first;
    for (long size : sizes) {
      if (size < 0 || (size > 0 && product > Long.MAX_VALUE / size)) {
        return -1;
      }
      product *= size;
    }
    return product;
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public boolean isContiguous() {
    return true;
  }

  @Override
  public long address() {
    return memory.data().address() + offset * dtype.byteSize();
  }

  @Override
  public MemorySegment memory() {
    long size = dtype.byteSize();
    return memory.data().asSlice(offset * size, numel() * size);
  }

  @Override
  public boolean requiresGrad() {
    return false;
  }

  @Override
  public void free() {
    memory.release();
  }

  /** A libtorch tensor on the same memory, which keeps it by itself. */
  public NativeTensor toNative() {
    if (numel() == 0) {
      return NativeTensor.empty(shape, dtype, Device.CPU);
    }
    // An ordinary tensor, also while this thread is in inference mode: it may be a parameter.
    NativeInference ordinary = new NativeInference(false);
    try {
      NativeTensor elements = memory.whole().narrow(0, offset, numel());
      try {
        return elements.reshape(shape);
      } finally {
        elements.free();
      }
    } finally {
      ordinary.end();
    }
  }

  // ---- views

  private HostTensor view(long from, long... newShape) {
    memory.retain();
    return new HostTensor(memory, from, dtype, newShape);
  }

  public HostTensor alias() {
    return view(offset, shape);
  }

  /** Empty for what is no shape of as many elements. */
  public Optional<HostTensor> reshape(long... wanted) {
    long[] whole = wanted.clone();
    int open = -1;
    for (int i = 0; i < whole.length; i++) {
      if (whole[i] == -1 && open < 0) {
        open = i;
        whole[i] = 1;
      }
    }
    if (open >= 0) {
      long known = numel(whole);
      if (known <= 0) {
        return Optional.empty();
      }
      whole[open] = numel() / known;
    }
    return numel(whole) == numel() ? Optional.of(view(offset, whole)) : Optional.empty();
  }

  /** {@code length} of the outermost slices; empty for other dims. */
  public Optional<HostTensor> narrow(long dim, long start, long length) {
    if (dim != 0 || shape.length == 0 || start < 0 || length < 0 || length > shape[0] - start) {
      return Optional.empty();
    }
    long[] fewer = shape.clone();
    fewer[0] = length;
    return Optional.of(view(offset + start * slice(), fewer));
  }

  /** One of the outermost slices; empty for other dims. */
  public Optional<HostTensor> select(long dim, long index) {
    if (dim != 0 || shape.length == 0 || index < 0 || index >= shape[0]) {
      return Optional.empty();
    }
    long[] rest = Arrays.copyOfRange(shape, 1, shape.length);
    return Optional.of(view(offset + index * slice(), rest));
  }

  private long slice() {
    return numel(Arrays.copyOfRange(shape, 1, shape.length));
  }

  // ---- other types

  /** Itself in its own type, a copy in another; empty for what is left to libtorch. */
  public Optional<HostTensor> to(DType wanted) {
    if (wanted == dtype) {
      return Optional.of(alias());
    }
    if (!FloatCodec.knows(dtype) || !FloatCodec.knows(wanted)) {
      return Optional.empty();
    }
    Optional<HostTensor> made = allocate(shape, wanted);
    made.ifPresent(to -> FloatCodec.convert(memory(), dtype, to.memory(), wanted));
    return made;
  }
}
