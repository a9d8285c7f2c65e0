package deepseek.compute.internal;

import deepseek.compute.DType;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code x W^T + b}, by the routine of libtorch's that is fastest for the number of rows.
 *
 * <p>One row on the CPU is what each step of decoding has for each weight, and libtorch hands it to
 * routines made for many: in 16-bit types oneDNN takes 25 us a call to find its kernel, more than a
 * small product takes; in FLOAT32 OpenBLAS's matrix product reads a large weight at a third of the
 * speed of its matrix-vector product. docs/performance.md has the figures.
 */
final class Products {
  /** Elements of a weight from which on the 25 us don't matter, and oneDNN's kernel is as fast. */
  private static final long LARGE = 1 << 22;

  private static final Context LIBTORCH = torch.globalContext();

  private Products() {}

  static Tensor linear(Tensor x, Tensor weight, Optional<Tensor> bias) {
    if (!isOneRow(x, weight)) {
      return asMatrix(x, weight, bias);
    }
    // Compared by DType: JavaCPP's enums come as objects of their own, which a switch mistakes.
    DType dtype = Types.dtype(x.scalar_type());
    if (dtype == DType.FLOAT32) {
      return asVector(x, weight, bias);
    }
    return dtype.byteSize() == 2 && weight.numel() < LARGE
        ? withoutOneDnn(() -> asMatrix(x, weight, bias))
        : asMatrix(x, weight, bias);
  }

  private static boolean isOneRow(Tensor x, Tensor weight) {
    return weight.dim() == 2
        && x.dim() > 0
        && x.numel() == weight.size(1)
        && x.numel() == x.size(x.dim() - 1)
        && x.is_cpu();
  }

  private static Tensor asMatrix(Tensor x, Tensor weight, Optional<Tensor> bias) {
    return bias.isPresent() ? torch.linear(x, weight, bias.get()) : torch.linear(x, weight);
  }

  private static Tensor asVector(Tensor x, Tensor weight, Optional<Tensor> bias) {
    long[] shape = new long[(int) x.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = x.size(i);
    }
    shape[shape.length - 1] = weight.size(0);
    try (Tensor vector = x.reshape(-1);
        Tensor y = bias.isPresent() ? bias.get().addmv(weight, vector) : weight.mv(vector)) {
      return y.view(shape);
    }
  }

  private static Tensor withoutOneDnn(Supplier<Tensor> product) {
    LIBTORCH.setUserEnabledMkldnn(false);
    try {
      return product.get();
    } finally {
      // Not what it was before: two threads here at once would otherwise leave it off.
      LIBTORCH.setUserEnabledMkldnn(true);
    }
  }
}
