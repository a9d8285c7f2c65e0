package deepseek.compute.internal;

import static deepseek.compute.internal.NativeTensor.of;

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
    return of(new Tensor(t()));
  }

  default NativeTensor to(DType dtype) {
    return of(t().to(Types.scalarType(dtype)));
  }

  default NativeTensor to(Device device) {
    return of(t().to(Types.torchDevice(device), t().scalar_type()));
  }

  default NativeTensor copy() {
    return of(t().clone());
  }

  default NativeTensor contiguous() {
    return of(t().__dispatch_contiguous());
  }

  default NativeTensor viewAs(DType dtype) {
    return of(t().view(Types.scalarType(dtype)));
  }

  default void copyFrom(NativeTensor source) {
    t().copy_(source.torch());
  }

  default NativeTensor reshape(long... shape) {
    return of(t().reshape(shape));
  }

  default NativeTensor permute(long... dims) {
    return of(t().permute(dims));
  }

  default NativeTensor transpose(long a, long b) {
    return of(t().transpose(a, b));
  }

  default NativeTensor squeeze(long dim) {
    return of(t().squeeze(dim));
  }

  default NativeTensor unsqueeze(long dim) {
    return of(t().unsqueeze(dim));
  }

  default NativeTensor expand(long... shape) {
    return of(t().expand(shape));
  }

  default NativeTensor repeat(long... times) {
    return of(t().repeat(times));
  }

  default NativeTensor repeatInterleave(long times, long dim) {
    try (var d = new LongOptional(dim)) {
      return of(t().repeat_interleave(times, d, Types.NO_LONG));
    }
  }

  default NativeTensor flip(long... dims) {
    return of(torch.flip(t(), dims));
  }

  default NativeTensor narrow(long dim, long start, long length) {
    return of(t().narrow(dim, start, length));
  }

  default NativeTensor slice(long dim, long start, long end, long step) {
    try (var s = new LongOptional(start);
        var e = new LongOptional(end)) {
      return of(t().slice(dim, s, e, step));
    }
  }

  default NativeTensor select(long dim, long index) {
    return of(t().select(dim, index));
  }

  default List<NativeTensor> split(long[] sizes, long dim) {
    return list(t().split(sizes, dim));
  }

  private static List<NativeTensor> list(TensorVector vector) {
    try (vector) {
      List<NativeTensor> out = new ArrayList<>();
      for (long i = 0; i < vector.size(); i++) {
        out.add(of(new Tensor(vector.get(i))));
      }
      return out;
    }
  }

  default NativeTensor tril(long diagonal) {
    return of(t().tril(diagonal));
  }

  default NativeTensor triu(long diagonal) {
    return of(t().triu(diagonal));
  }
}
