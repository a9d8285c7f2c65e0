package deepseek.compute.internal;

import static deepseek.compute.internal.NativeTensor.wrapped;

import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Elements chosen by an index tensor. */
sealed interface NativeIndexOps permits NativeTensor {
  NativeTensor self();

  private Tensor t() {
    return self().torch();
  }

  default NativeTensor indexSelect(long dim, NativeTensor index) {
    return wrapped(t().index_select(dim, index.torch()));
  }

  default NativeTensor indexAdd(long dim, NativeTensor index, NativeTensor source) {
    return wrapped(torch.index_add(t(), dim, index.torch(), source.torch()));
  }

  default void indexAddInPlace(long dim, NativeTensor index, NativeTensor source) {
    t().index_add_(dim, index.torch(), source.torch());
  }

  default void indexCopyInPlace(long dim, NativeTensor index, NativeTensor source) {
    t().index_copy_(dim, index.torch(), source.torch());
  }

  default NativeTensor gather(long dim, NativeTensor index) {
    return wrapped(t().gather(dim, index.torch()));
  }

  default NativeTensor scatter(long dim, NativeTensor index, NativeTensor source) {
    return wrapped(t().scatter(dim, index.torch(), source.torch()));
  }

  default NativeTensor scatterAdd(long dim, NativeTensor index, NativeTensor source) {
    return wrapped(torch.scatter_add(t(), dim, index.torch(), source.torch()));
  }

  default NativeTensor nonzero() {
    return wrapped(torch.nonzero(t()));
  }

  default NativeTensor oneHot(long classes) {
    return wrapped(torch.one_hot(t(), classes));
  }

  default NativeTensor bincount(long minLength) {
    return wrapped(t().bincount(Types.NO_TENSOR, minLength));
  }

  default NativeTensor multinomial(long samples, NativeGenerator generator) {
    try (var g = new GeneratorOptional(generator.torch())) {
      return wrapped(t().multinomial(samples, /* replacement= */ false, g));
    }
  }
}
