package deepseek.compute.internal;

import deepseek.compute.DType;
import deepseek.compute.Device;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * One reference to a libtorch tensor: an operation a line, no checks and no ownership; both belong
 * to {@link deepseek.compute.Tensor}. Every method throws what libtorch throws, as a
 * RuntimeException.
 */
public final class NativeTensor
    implements Contents,
        NativePointwiseOps,
        NativeReductionOps,
        NativeShapeOps,
        NativeIndexOps,
        NativeNeuralOps {
  static {
    TorchRuntime.load();
  }

  private final org.bytedeco.pytorch.Tensor t;

  NativeTensor(org.bytedeco.pytorch.Tensor t) {
    this.t = t;
  }

  static NativeTensor wrapped(org.bytedeco.pytorch.Tensor t) {
    return new NativeTensor(t);
  }

  @Override
  public NativeTensor self() {
    return this;
  }

  org.bytedeco.pytorch.Tensor torch() {
    return t;
  }

  /** Drops this reference; libtorch frees the memory with the last one. */
  @Override
  public void free() {
    t.deallocate();
  }

  // ---- what it is

  @Override
  public long[] shape() {
    long[] shape = new long[(int) t.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = t.size(i);
    }
    return shape;
  }

  @Override
  public int rank() {
    return (int) t.dim();
  }

  @Override
  public long size(int dim) {
    return t.size(dim);
  }

  @Override
  public long numel() {
    return t.numel();
  }

  @Override
  public DType dtype() {
    return Types.dtype(t.scalar_type());
  }

  @Override
  public Device device() {
    return Types.device(t);
  }

  @Override
  public boolean isContiguous() {
    return t.is_contiguous();
  }

  public boolean sharesMemoryWith(NativeTensor other) {
    return t.is_alias_of(other.t);
  }

  @Override
  public long address() {
    Pointer first = t.data_ptr();
    return first == null ? 0 : first.address(); // libtorch has none for no elements
  }

  @Override
  public MemorySegment memory() {
    return MemorySegment.ofAddress(address()).reinterpret(t.nbytes());
  }

  public double itemDouble() {
    return t.item_double();
  }

  public long itemLong() {
    return t.item_long();
  }

  // ---- gradients

  @Override
  public boolean requiresGrad() {
    return t.requires_grad();
  }

  public void requiresGrad(boolean on) {
    t.set_requires_grad(on);
  }

  public void backward() {
    t.backward();
  }

  public Optional<NativeTensor> grad() {
    org.bytedeco.pytorch.Tensor grad = new org.bytedeco.pytorch.Tensor(t.grad());
    if (grad.defined()) {
      return Optional.of(wrapped(grad));
    }
    grad.deallocate();
    return Optional.empty();
  }

  public void dropGrad() {
    t.mutable_grad().reset();
  }

  public NativeTensor detach() {
    return wrapped(t.detach());
  }

  // ---- creation

  public static NativeTensor empty(long[] shape, DType dtype, Device device) {
    return wrapped(torch.empty(shape, Types.options(dtype, device), Types.NO_MEMORY_FORMAT));
  }

  public static NativeTensor zeros(long[] shape, DType dtype, Device device) {
    return wrapped(torch.zeros(shape, Types.options(dtype, device)));
  }

  public static NativeTensor full(long[] shape, double value, DType dtype, Device device) {
    return wrapped(
        Types.withScalar(value, s -> torch.full(shape, s, Types.options(dtype, device))));
  }

  public static NativeTensor arange(long start, long end, DType dtype, Device device) {
    try (var s = new Scalar(start);
        var e = new Scalar(end)) {
      return wrapped(torch.arange(s, e, Types.options(dtype, device)));
    }
  }

  public static NativeTensor cat(List<NativeTensor> parts, long dim) {
    try (TensorVector v = vector(parts)) {
      return wrapped(torch.cat(v, dim));
    }
  }

  public static NativeTensor stack(List<NativeTensor> parts, long dim) {
    try (TensorVector v = vector(parts)) {
      return wrapped(torch.stack(v, dim));
    }
  }

  private static TensorVector vector(List<NativeTensor> parts) {
    org.bytedeco.pytorch.Tensor[] array = new org.bytedeco.pytorch.Tensor[parts.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = parts.get(i).t;
    }
    return new TensorVector(array);
  }
}
