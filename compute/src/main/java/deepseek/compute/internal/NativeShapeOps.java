package deepseek.compute.internal;

import static deepseek.compute.internal.NativeTensor.wrapped;

import deepseek.compute.DType;
import deepseek.compute.Device;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The same values in another shape, order, type or place. */
sealed interface NativeShapeOps permits NativeTensor {
  NativeTensor self();

  private Tensor t() {
    return self().torch();
  }

  default NativeTensor alias() {
    return wrapped(new Tensor(t()));
  }

  default NativeTensor to(DType dtype) {
    return wrapped(t().to(Types.scalarType(dtype)));
  }

  default NativeTensor to(Device device) {
    return wrapped(t().to(Types.torchDevice(device), t().scalar_type()));
  }

  default NativeTensor copy() {
    return wrapped(t().clone());
  }

  default NativeTensor contiguous() {
    return wrapped(t().__dispatch_contiguous());
  }

  default NativeTensor viewAs(DType dtype) {
    return wrapped(t().view(Types.scalarType(dtype)));
  }

  default void copyFrom(NativeTensor source) {
    t().copy_(source.torch());
  }

  default NativeTensor reshape(long... shape) {
    return wrapped(t().reshape(shape));
  }

  default NativeTensor permute(long... dims) {
    return wrapped(t().permute(dims));
  }

  default NativeTensor transpose(long a, long b) {
    return wrapped(t().transpose(a, b));
  }

  default NativeTensor squeeze(long dim) {
    return wrapped(t().squeeze(dim));
  }

  default NativeTensor unsqueeze(long dim) {
    return wrapped(t().unsqueeze(dim));
  }

  default NativeTensor expand(long... shape) {
    return wrapped(t().expand(shape));
  }

  default NativeTensor repeat(long... times) {
    return wrapped(t().repeat(times));
  }

  default NativeTensor repeatInterleave(long times, long dim) {
    try (var d = new LongOptional(dim)) {
      return wrapped(t().repeat_interleave(times, d, Types.NO_LONG));
    }
  }

  default NativeTensor flip(long... dims) {
    return wrapped(torch.flip(t(), dims));
  }

  default NativeTensor narrow(long dim, long start, long length) {
    return wrapped(t().narrow(dim, start, length));
  }

  default NativeTensor slice(long dim, long start, long end, long step) {
    try (var s = new LongOptional(start);
        var e = new LongOptional(end)) {
      return wrapped(t().slice(dim, s, e, step));
    }
  }

  default NativeTensor select(long dim, long index) {
    return wrapped(t().select(dim, index));
  }

  default List<NativeTensor> split(long[] sizes, long dim) {
    return list(t().split(sizes, dim));
  }

  private static List<NativeTensor> list(TensorVector vector) {
    try (vector) {
      List<NativeTensor> out = new ArrayList<>();
      for (long i = 0; i < vector.size(); i++) {
        out.add(wrapped(new Tensor(vector.get(i))));
      }
      return out;
    }
  }

  default NativeTensor tril(long diagonal) {
    return wrapped(t().tril(diagonal));
  }

  default NativeTensor triu(long diagonal) {
    return wrapped(t().triu(diagonal));
  }
}
